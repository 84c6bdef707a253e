"""The version, readable without importing Keras."""

VERSION = "0.1.0"
