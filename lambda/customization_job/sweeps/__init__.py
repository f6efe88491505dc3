"""The resource type `Custom::BedrockCustomizationSweep`: jobs of one base request, and the best of them."""
