"""What predictors around other predictors share."""


class PredictorWrapper:
    """Has the attributes of the predictor inside it; a subclass changes what it does.

    Args:
        predictor: See `keras_restore.inference.tiling.restore_rows`.
    """

    def __init__(self, predictor):
        self.predictor = predictor

    def __getattr__(self, name):
        if name == "predictor":
            raise AttributeError(name)
        return getattr(self.predictor, name)
