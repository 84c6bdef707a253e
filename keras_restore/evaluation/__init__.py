"""Measuring models by the papers' protocols: tables, files and a page to look at."""

from keras_restore.evaluation.candidate import Candidate, candidate
from keras_restore.evaluation.image_source import ImageSource, image_source
from keras_restore.evaluation.measure import Measurement, measure
from keras_restore.evaluation.paper_numbers import PaperNumber, paper_number
from keras_restore.evaluation.session import evaluate_models

__all__ = [
    "Candidate",
    "ImageSource",
    "Measurement",
    "PaperNumber",
    "candidate",
    "evaluate_models",
    "image_source",
    "measure",
    "paper_number",
]
