"""Makes a deployment, and the parameter with its ARN, true of the current job: for looks and for events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..serving.decisions import Create, Keep, Update
from .decisions import Following
from .desired_state import creation_request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..frame.parameters import Parameter
    from ..jobs.current import CurrentJob
    from ..services import Services
    from ..serving.actions import Actions, Owner
    from .ports import Deployment


_READS, _PAUSE = 5, 15.0
"""How often a new deployment is read, and the seconds in between: 30 to 60 have been reported."""


class Follower:
    """One deployment that follows a job.

    Args:
        owner: the deployment's resource.
        name: the deployment's name.
        parameter: the name of the parameter.
        services: the services of AWS.
        actions: what is done with the deployment.
    """

    def __init__(
        self,
        owner: Owner,
        name: str,
        parameter: str,
        services: Services,
        actions: Actions[Deployment],
    ) -> None:
        self._owner = owner
        self._name = name
        self._parameter = parameter
        self._services = services
        self._actions = actions

    def parameter(self, *, is_needed: bool = True) -> tuple[Parameter | None, bool]:
        """Return the parameter, and whether it belongs to the deployment's resource.

        Args:
            is_needed: whether the event fails without it; else a denied call is not retried.
        """
        found = self._services.parameters.get(self._parameter, is_needed=is_needed)
        return found, found is None or found.is_owned_by(self._owner.stack_id, self._owner.logical_id)

    def observe(self, current: CurrentJob, *, was_created: bool) -> Following:
        """Read the deployment.

        Args:
            current: the current job.
            was_created: whether there has been a deployment.
        """
        deployment, is_ours = self._actions.find(self._name)
        return Following(
            model_arn=current.model_arn,
            note=current.note,
            is_unexpected=current.is_unexpected,
            deployment=deployment,
            is_ours=is_ours,
            was_created=was_created,
        )

    def carry_out(
        self, decision: Keep | Create | Update, seen: Following, tags: Mapping[str, str] | None, occasion: str
    ) -> str:
        """Carry out a decision, and return the ARN of the deployment; "" where there is none of ours.

        Args:
            decision: what `decide.follow` has decided.
            seen: what it has decided by.
            tags: the tags of a deployment that is created; None for those of its model.
            occasion: see `creation_request`.

        Raises:
            AwsError: Bedrock rejected the call.
        """
        deployment = seen.deployment
        match decision:
            case Create():
                given = self._services.deployments.get_tags(seen.model_arn) if tags is None else tags
                request = creation_request(self._name, seen.model_arn, self._owner.with_tags(given), occasion)
                arn = self._services.deployments.create(request)
                self._services.log.write("deployment created", deploymentArn=arn, modelArn=seen.model_arn)
                return arn
            case Update() if deployment:
                self._actions.update(deployment, seen.model_arn)
        return deployment.arn if deployment and seen.is_ours else ""

    def appears(self) -> bool:
        """Return whether Bedrock shows the deployment, which it may do only a minute after the creation."""
        for attempt in range(_READS):
            if attempt and not self._services.retry.wait(_PAUSE):
                break
            if self._actions.find(self._name)[0]:
                return True
        return False

    def write_parameter(self, parameter: Parameter | None, arn: str, tags: Mapping[str, str]) -> bool:
        """Make the parameter hold the deployment's ARN; return whether it was written.

        Args:
            parameter: the parameter, if it exists.
            arn: the deployment's ARN.
            tags: the parameter's tags, without those of ownership.
        """
        parameters, given = self._services.parameters, self._owner.with_tags(tags)
        if parameter and parameter.value == arn:
            return False
        if parameter:
            parameters.set_value(self._parameter, arn, given)
        elif not parameters.create(self._parameter, arn, given):
            return False  # two looks at once write the same
        self._services.log.write("parameter written", parameter=self._parameter, value=arn)
        return True

    def take_back(self, arn: str, former: Parameter | None, tags: Mapping[str, str]) -> None:
        """Undo that the parameter was written, unless it holds something else by now.

        Args:
            arn: what was written.
            former: the parameter before that. Default: there was none.
            tags: the parameter's tags, without those of ownership.
        """
        found, is_ours = self.parameter(is_needed=False)
        if found is None or not is_ours or found.value != arn:
            return
        parameters, log = self._services.parameters, self._services.log
        if former:
            parameters.set_value(self._parameter, former.value, self._owner.with_tags(tags))
            log.write("parameter written", parameter=self._parameter, value=former.value)
        else:
            parameters.delete(self._parameter)
            log.write("parameter deleted", parameter=self._parameter)
