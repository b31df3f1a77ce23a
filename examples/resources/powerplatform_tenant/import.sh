terraform import powerplatform_tenant.contoso 00000000-0000-4000-8000-00000000aaaa
