package bap

import (
	"slices"
	"strconv"
	"strings"

	"github.com/seed-55d6eeba/terraform-provider-powerplatform/internal/mock/server"
)

type language struct {
	id              int // LCID
	name, localized string
}

// languages are the base languages of Dataverse, the same 45 in every location:
// https://learn.microsoft.com/power-platform/admin/language-collations
var languages = []language{
	{1025, "Arabic", "العربية"},
	{1026, "Bulgarian", "български"},
	{1027, "Catalan", "català"},
	{1028, "Chinese (Traditional)", "中文(台灣)"},
	{1029, "Czech", "čeština"},
	{1030, "Danish", "dansk"},
	{1031, "German", "Deutsch"},
	{1032, "Greek", "Ελληνικά"},
	{1033, "English", "English"},
	{1035, "Finnish", "suomi"},
	{1036, "French", "français"},
	{1037, "Hebrew", "עברית"},
	{1038, "Hungarian", "magyar"},
	{1040, "Italian", "italiano"},
	{1041, "Japanese", "日本語"},
	{1042, "Korean", "한국어"},
	{1043, "Dutch", "Nederlands"},
	{1044, "Norwegian", "norsk"},
	{1045, "Polish", "polski"},
	{1046, "Portuguese (Brazil)", "português (Brasil)"},
	{1048, "Romanian", "română"},
	{1049, "Russian", "русский"},
	{1050, "Croatian", "hrvatski"},
	{1051, "Slovak", "slovenčina"},
	{1053, "Swedish", "svenska"},
	{1054, "Thai", "ไทย"},
	{1055, "Turkish", "Türkçe"},
	{1057, "Indonesian", "Indonesia"},
	{1058, "Ukrainian", "українська"},
	{1060, "Slovenian", "slovenščina"},
	{1061, "Estonian", "eesti"},
	{1062, "Latvian", "latviešu"},
	{1063, "Lithuanian", "lietuvių"},
	{1066, "Vietnamese", "Tiếng Việt"},
	{1069, "Basque", "euskara"},
	{1081, "Hindi", "हिन्दी"},
	{1086, "Malay", "Melayu"},
	{1087, "Kazakh", "қазақ тілі"},
	{1110, "Galician", "galego"},
	{2052, "Chinese (Simplified)", "中文(中国)"},
	{2070, "Portuguese", "português"},
	{2074, "Serbian (Latin)", "srpski"},
	{3076, "Chinese (Hong Kong SAR)", "中文(香港)"},
	{3082, "Spanish", "español"},
	{3098, "Serbian (Cyrillic)", "српски"},
}

// currencies are the base currencies of Dataverse as pairs of code and symbol, the same in every location.
var currencies = strings.Fields(`
	AED د.إ. AFN ؋ ALL Lekë AMD ֏ ARS $ AUD $ AZN ₼ BAM KM BDT ৳ BGN лв. BHD د.ب. BND $ BOB Bs BRL R$ BTN Nu. BWP P BYN Br
	BZD $ CAD $ CDF FC CHF CHF CLP $ CNY ¥ COP $ CRC ₡ CUP $ CZK Kč DJF Fdj DKK kr. DOP RD$ DZD د.ج. EGP ج.م. ERN Nfk ETB ብር
	EUR € GBP £ GEL ₾ GTQ Q HKD $ HNL L HRK kn HTG G HUF Ft IDR Rp ILS ₪ INR ₹ IQD د.ع. IRR ريال ISK kr JMD $ JOD د.ا. JPY ¥
	KES Ksh KGS сом KHR ៛ KRW ₩ KWD د.ك. KZT ₸ LAK ₭ LBP ل.ل. LKR රු. LYD د.ل. MAD د.م. MDL L MKD ден MMK K MNT ₮ MOP MOP$
	MVR ރ. MXN $ MYR RM NGN ₦ NIO C$ NOK kr NPR रु NZD $ OMR ر.ع. PAB B/. PEN S/ PHP ₱ PKR Rs PLN zł PYG ₲ QAR ر.ق. RON lei
	RSD дин. RUB ₽ RWF RF SAR ر.س. SEK kr SGD $ SOS S SYP ل.س. THB ฿ TJS сом. TMT m. TND د.ت. TRY ₺ TTD $ TWD NT$ TZS TSh
	UAH ₴ USD $ UYU $ UZS сўм VES Bs. VND ₫ XAF FCFA XCD EC$ XOF CFA YER ر.ي. ZAR R`)

func speaks(id int) bool {
	return slices.ContainsFunc(languages, func(l language) bool { return l.id == id })
}

func pays(code string) bool {
	_, ok := symbol(code)
	return ok
}

func symbol(code string) (string, bool) {
	for pair := range slices.Chunk(currencies, 2) {
		if pair[0] == code {
			return pair[1], true
		}
	}
	return "", false
}

// CurrencySymbol is the symbol of a currency by its ISO code, the code itself where the platform does not offer it.
func CurrencySymbol(code string) string {
	if s, ok := symbol(code); ok {
		return s
	}
	return code
}

func listLanguages(c call) server.Reply {
	segment, reply, ok := c.segment()
	if !ok {
		return reply
	}
	value := []any{}
	for _, l := range languages {
		id := strconv.Itoa(l.id)
		value = append(value, Doc{
			"name": id, "id": prefix + "/locations/" + segment + "/environmentLanguages/" + id,
			"type": "Microsoft.BusinessAppPlatform/locations/environmentLanguages",
			"properties": Doc{
				"localeId": l.id, "localizedName": l.localized, "displayName": l.name, "isTenantDefault": l.id == 1033,
			},
		})
	}
	return server.JSON(200, Doc{"value": value})
}

func listCurrencies(c call) server.Reply {
	segment, reply, ok := c.segment()
	if !ok {
		return reply
	}
	value := []any{}
	for pair := range slices.Chunk(currencies, 2) {
		value = append(value, Doc{
			"name": pair[0], "id": prefix + "/locations/" + segment + "/environmentCurrencies/" + pair[0],
			"type": "Microsoft.BusinessAppPlatform/locations/environmentCurrencies",
			"properties": Doc{
				"code": pair[0], "symbol": pair[1], "isTenantDefault": pair[0] == c.cloud.home(c.Tenant).Currency,
			},
		})
	}
	return server.JSON(200, Doc{"value": value})
}

type template struct {
	name, displayName     string
	customer, reset, free bool // customer engagement; supports reset; needs no Dynamics 365 licence
}

var templates = []template{
	{"D365_Sales", "Sales Enterprise", true, true, false},
	{"D365_DeveloperEdition", "Developer Edition", false, true, true},
	{"D365_ProjectOperations", "Project Operations", true, true, false},
	{"D365_CustomerService", "Customer Service", true, true, false},
	{"D365_FieldService", "Field Service", true, true, false},
	{"D365_SmbMarketing", "SMB Marketing", false, false, false},
	{"D365_CDSSampleApp", "Sample App", false, false, true},
	{"D365_SalesPro", "Sales Pro", true, false, false},
	{"D365_CustomerServicePro", "Customer Service Pro", true, false, false},
	{"D365_RemoteAssist", "Remote Assist", true, true, false},
	{"D365_PowerFrameworkTemplate", "Power Framework", false, true, true},
	{"D365_Guides", "Guides", true, false, false},
}

// offers are the templates by type of environment; in trials those of Dynamics 365 need no licence. Observed in
// microsoft/terraform-provider-power-platform.
func offers(kind string) []template {
	switch strings.ToLower(kind) {
	case "production", "sandbox":
		return templates
	case "trial":
		out := slices.DeleteFunc(slices.Clone(templates), func(t template) bool { return t.name == "D365_ProjectOperations" })
		for i := range out {
			out[i].free = true
		}
		return out
	case "developer":
		return slices.DeleteFunc(slices.Clone(templates), func(t template) bool { return t.name != "D365_CDSSampleApp" })
	}
	return nil
}

const entitlement = "DynamicsEntitlementMissing"

// locked reports whether the tenant lacks the licence for a template.
func (t template) locked(tenant *server.Tenant) bool {
	return !t.free && tenant.Switch(SwitchDynamics) != "on"
}

func (t template) reason() string {
	return "You do not have the required Dynamics 365 licenses to create databases with the '" + t.displayName + "' Dynamics app."
}

func listTemplates(c call) server.Reply {
	segment, reply, ok := c.segment()
	if !ok {
		return reply
	}
	out := Doc{}
	for _, kind := range []string{
		"standard", "premium", "developer", "basic", "production", "sandbox", "trial", "default", "support",
		"subscriptionBasedTrial", "teams", "platform",
	} {
		list := []any{}
		for _, t := range offers(kind) {
			properties := Doc{
				"displayName": t.displayName, "isDisabled": t.locked(c.Tenant), "isCustomerEngagement": t.customer,
				"isSupportedForResetOperation": t.reset,
			}
			if t.locked(c.Tenant) {
				properties["disabledReason"] = Doc{"code": entitlement, "message": t.reason()}
			}
			list = append(list, Doc{
				"id":   prefix + "/locations/" + segment + "/environmentTemplates/" + t.name,
				"name": t.name, "location": segment, "properties": properties,
			})
		}
		out[kind] = list
	}
	return server.JSON(200, out)
}
