"""What the action can be told to do, a module each."""
