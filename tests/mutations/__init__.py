"""Each rule of delivery is switched off once, in a copy of the product; a test named for it must go red."""
