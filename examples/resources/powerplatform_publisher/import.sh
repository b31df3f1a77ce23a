terraform import powerplatform_publisher.contoso aaaaaaaa-0000-4000-8000-00000000a001/00000000-0000-4000-8000-000000000001

# By unique name.
terraform import powerplatform_publisher.contoso aaaaaaaa-0000-4000-8000-00000000a001/contoso
