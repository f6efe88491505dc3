"""The custom resource behind a model customization job: the code that runs in Lambda."""
