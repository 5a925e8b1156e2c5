"""The public verbs, one file each; `cnnshape` itself re-exports them."""
