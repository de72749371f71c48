"""The promises every adapter keeps, tried against the sandbox over real HTTP."""
