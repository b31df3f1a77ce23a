# environment ID / connector_id or internal_id of the connector / object ID of the principal
terraform import powerplatform_custom_connector_share.makers aaaaaaaa-0000-4000-8000-00000000a001/cccccccc-0000-4000-8000-00000000c001/dddddddd-0000-4000-8000-00000000d001
