"""Text to tokens to features: the one analyzer of training and inference."""
