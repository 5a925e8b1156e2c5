"""`python -m cnnshape` is the command `cnnshape`."""

from __future__ import annotations

from cnnshape.cli.main import main

if __name__ == "__main__":
    main()
