"""When the model of a deployment is deployed."""

from __future__ import annotations

from enum import Enum


class Release(Enum):
    """When the model of a deployment is deployed."""

    AT_DEPLOYMENT = "AtDeployment"
    """While `cdk deploy` runs, which waits until the deployment is active. For a model that exists."""

    ON_COMPLETION = "OnCompletion"
    """When the job is complete, hours after `cdk deploy`: by an event, or at the latest an hour later.

    A retraining moves the deployment to the new model once that is complete; the ARN does not change.
    """
