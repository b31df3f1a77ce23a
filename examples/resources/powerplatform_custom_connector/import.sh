# environment ID / ID of the connector in Dataverse
terraform import powerplatform_custom_connector.case_api aaaaaaaa-0000-4000-8000-00000000a001/cccccccc-0000-4000-8000-00000000c001
