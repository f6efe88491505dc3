"""Amazon Bedrock model customization jobs as AWS CDK constructs."""
