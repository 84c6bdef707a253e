"""`python -m keras_restore` is the console script `keras-restore`."""

import sys

from keras_restore.cli import main

sys.exit(main())
