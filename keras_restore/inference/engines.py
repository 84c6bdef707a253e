"""The engines that run models: one row for each."""

from keras_restore.inference.keras_predictor import KerasPredictor
from keras_restore.inference.litert_predictor import LiteRTPredictor
from keras_restore.inference.saved_model_predictor import SavedModelPredictor

# Of a model's folder, the first that is there and installed is taken.
ENGINES = (KerasPredictor, LiteRTPredictor, SavedModelPredictor)
