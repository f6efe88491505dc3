"""The part of Bedrock's runtime API that calls deployments and throughputs: it answers with a fixed sentence.

See https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html.
"""

from collections.abc import Mapping
from types import MappingProxyType

from .account_state import AccountState
from .arns import foundation_model_id
from .behaviour import Moment
from .operations import Operation
from .service import Document, ServiceError, invalid

_DEPLOYMENT, _THROUGHPUT = ":custom-model-deployment/", ":provisioned-model/"


def answer(state: AccountState, model_arn: str) -> str:
    """Return the sentence with which every prompt is answered.

    Args:
        state: the account, which knows the name of the model.
        model_arn: the ARN of the model that is served.
    """
    names = (job.model_name for job in state if job.model_arn == model_arn)
    name = next(names, "")
    model = f"custom model {name} ({model_arn})" if name else f"model {model_arn}"
    return f"The Bedrock double answers every prompt to the {model} with this."


def invoke_model(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `InvokeModel`; the body is in the form of the base model, Llama's or Nova's."""
    model_arn = _served_model(state, moment, request["modelId"])
    text = answer(state, model_arn)
    is_llama = foundation_model_id(model_arn).startswith("meta.")
    return {"body": _llama_body(text) if is_llama else _message(text), "contentType": "application/json"}


def converse(state: AccountState, moment: Moment, request: Document) -> Document:
    """Carry out `Converse`."""
    model_arn = _served_model(state, moment, request["modelId"])
    if not request.get("messages"):
        raise invalid("messages must have at least one message; add one with the role user")
    return {**_message(answer(state, model_arn)), "metrics": {"latencyMs": 1}}


def _served_model(state: AccountState, moment: Moment, identifier: str) -> str:
    if _DEPLOYMENT not in identifier and _THROUGHPUT not in identifier:
        rule = "the Bedrock double answers only for the ARN of a deployment or a provisioned throughput"
        raise invalid(f"The provided model identifier is invalid: {rule}, got {identifier!r}.")
    records = state.deployments if _DEPLOYMENT in identifier else state.throughputs
    record = records.get(identifier, moment)
    status = record.status(moment.now)
    if status != record.ready:
        message = f"The {records.noun} {record.name} is not ready: its status is {status}."
        raise ServiceError("ModelNotReadyException", message)
    return record.model_arn(moment.now)


def _message(text: str) -> Document:
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": text}]}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
    }


def _llama_body(text: str) -> Document:
    counts = {"prompt_token_count": 1, "generation_token_count": 1}
    return {"generation": text, **counts, "stop_reason": "stop"}


RUNTIME_OPERATIONS: Mapping[str, Operation] = MappingProxyType(
    {"Converse": converse, "InvokeModel": invoke_model}
)
