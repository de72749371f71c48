"""What every kind of source promises, against the real sandbox; a kind inherits the suite and says where it is."""
