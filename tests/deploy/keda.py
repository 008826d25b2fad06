"""What KEDA understands of a ScaledObject, by its documented fields (keda.sh, reference of 2.18; scalers/prometheus)."""

from typing import Any

TEXT, COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}


def _object(required: list[str], **properties: Any) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": False, "required": required, "properties": properties}


#: A trigger's metadata are all text, numbers too.
PROMETHEUS = _object(
    ["serverAddress", "query", "threshold"],
    serverAddress={"type": "string", "pattern": "^https?://"},
    query=TEXT,
    threshold={"type": "string", "pattern": r"^\d+(\.\d+)?$"},
    activationThreshold={"type": "string", "pattern": r"^\d+(\.\d+)?$"},
    ignoreNullValues={"enum": ["true", "false"]},
    **dict.fromkeys(("namespace", "customHeaders", "queryParameters", "authModes", "unsafeSsl", "timeout"), TEXT),
)
TRIGGER = _object(
    ["type", "metadata"],
    type={"const": "prometheus"},
    metadata=PROMETHEUS,
    name=TEXT,
    metricType={"enum": ["AverageValue", "Value"]},
    useCachedMetrics={"type": "boolean"},
    authenticationRef=_object(["name"], name=TEXT, kind={"enum": ["TriggerAuthentication", "ClusterTriggerAuthentication"]}),
)
SPEC = _object(
    ["scaleTargetRef", "triggers"],
    scaleTargetRef=_object(["name"], apiVersion=TEXT, kind=TEXT, name=TEXT, envSourceContainerName=TEXT),
    pollingInterval=COUNT,
    cooldownPeriod=COUNT,
    initialCooldownPeriod=COUNT,
    idleReplicaCount=COUNT,
    minReplicaCount=COUNT,
    maxReplicaCount={"type": "integer", "minimum": 1},
    fallback=_object(["failureThreshold", "replicas"], failureThreshold=COUNT, replicas=COUNT, behavior=TEXT),
    advanced={"type": "object"},
    triggers={"type": "array", "minItems": 1, "items": TRIGGER},
)
SCALED_OBJECT = _object(
    ["apiVersion", "kind", "metadata", "spec"],
    apiVersion={"const": "keda.sh/v1alpha1"},
    kind={"const": "ScaledObject"},
    metadata=_object(["name"], name=TEXT, namespace=TEXT, labels={"type": "object"}, annotations={"type": "object"}),
    spec=SPEC,
)
