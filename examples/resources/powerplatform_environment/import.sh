terraform import powerplatform_environment.test 00000000-0000-4000-8000-000000000001
