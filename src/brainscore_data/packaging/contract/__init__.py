"""What Brain-Score's readers rely on, and what is done or said so that they can."""
