"""Runs scim2-tester against the server of the test; prints a line for each check."""

import json
import sys

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import ResourceType, Schema, ScimProvider, ServiceProviderConfig
from scim2_tester import check_server

base, token = sys.argv[1:]
http = Client(base_url=base, headers={"Authorization": f"Bearer {token}"})


def read(path):
    return http.get(path).raise_for_status().json()


# An owner reference needs an operator who believes it, and its values are not random.
schemas = read("/Schemas")["Resources"]
for schema in schemas:
    schema["attributes"] = [a for a in schema["attributes"] if a["name"] != "ownerReference"]
provider = ScimProvider.from_discovery(
    [Schema.model_validate(each) for each in schemas],
    [ResourceType.model_validate(each) for each in read("/ResourceTypes")["Resources"]],
    ServiceProviderConfig.model_validate(read("/ServiceProviderConfig")),
)
for result in check_server(SyncSCIMClient(http, provider=provider)):
    print(json.dumps([result.status.name, result.title, str(result.reason)]))
