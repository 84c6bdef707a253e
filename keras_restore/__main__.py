"""`python -m keras_restore` runs the commands of `keras-restore`, with the libraries' log lines."""

import sys

from keras_restore.cli import main

sys.exit(main())
