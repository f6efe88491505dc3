"""What comes after training: a parameter with the model's ARN, and a deployment that serves the model."""
