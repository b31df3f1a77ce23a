package auth

// MockHostVariable names the environment variable that sends the provider to a local mock of the platform.
const MockHostVariable = "POWER_PLATFORM_MOCK_HOST"

// The credentials that the mock knows without being told. They are no secrets: they open nothing but the mock.
const (
	MockTenantID     = "00000000-0000-4000-8000-00000000aaaa"
	MockClientID     = "00000000-0000-4000-8000-00000000bbbb"
	MockClientSecret = "mock-secret"
)

// Mock returns the settings that sign in to the mock with its own credentials.
func Mock() Settings { return Settings{TenantID: Value{attribute: "tenant_id"}}.withMock() }

// withMock completes the settings with the mock's application; a tenant that is set stays, so that one mock serves many.
func (s Settings) withMock() Settings {
	value := func(attribute, text string) Value {
		return Value{attribute: attribute, source: "default of the mock", text: &text}
	}
	s.Method = ClientSecret
	if !s.TenantID.IsSet() {
		s.TenantID = value("tenant_id", MockTenantID)
	}
	s.ClientID = value("client_id", MockClientID)
	s.ClientSecret = value("client_secret", MockClientSecret)
	return s
}
