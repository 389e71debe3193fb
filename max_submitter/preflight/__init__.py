"""What is not right before Bake is pressed: one small check each."""
