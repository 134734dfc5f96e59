package account

import (
	"strings"
	"testing"

	"duban/internal/base/errs"
)

// TestPasswords: reliability 2. Every row says whether the two profiles admit the password.
func TestPasswords(t *testing.T) {
	words := []string{"城南镇", "林小满", "linxiaoman", "jiaocheng", "环三售楼部", "ab"}
	for _, tt := range []struct {
		password  string
		gov, asvs bool
	}{
		{"", false, false}, {"a", false, false}, {"1234567", false, false}, {"Ab3-xy", false, false},
		{"Jiaocheng2026!", false, false}, {"JIAOCHENG-2026-x", false, false}, {"xX7-jiaochengqu", false, false},
		{"Linxiaoman1!", false, false}, {"LinXiaoMan-1234567", false, false},
		{"城南镇Aa1-kkpw", false, false}, {"林小满Aa1-kkpw", false, false},
		{"12345678", false, false}, {"123456789012", false, false}, {"1234567890", false, false}, {"87654321", false, false},
		{"password", false, false}, {"Password1!", false, false}, {"P@ssw0rd", false, false}, {"P@ssw0rd2026", false, false}, {"passwordpassword", false, false},
		{"Admin123", false, false}, {"Admin@123", false, false}, {"admin@12345678", false, false}, {"Administrator1", false, false},
		{"Qwerty123", false, false}, {"Qwertyuiop1!", false, false}, {"1qaz2wsx", false, false}, {"1Qaz2wsx", false, false}, {"1qaz2wsx3edc", false, false}, {"1qaz@WSX", false, false}, {"!QAZ2wsx", false, false},
		{"Aa123456", false, false}, {"Aa123456!", false, false}, {"Aa1234567890!", false, false}, {"aaaaaaaaaaaa", false, false}, {"AAAaaa111!!!", false, false},
		{"abcd1234", false, false}, {"Abcd1234", false, false}, {"Abc123!!", false, false}, {"abcdefghijkl", false, false}, {"Asdfghjkl123", false, false},
		{"Woaini1314", false, false}, {"Woaini1314520!", false, false}, {"5201314", false, false}, {"Zhongguo2026!", false, false}, {"Fujian2026!!", false, false},
		{"Iloveyou1!", false, false}, {"Welcome1", false, false}, {"Welcome2026!", false, false}, {"Dragon123!", false, false}, {"Huawei@123", false, false}, {"Root@1234", false, false}, {"Test1234", false, false},
		{"Duban2026!", false, false}, {"Ningde@2026", false, false}, {"Letmein1!", false, false}, {"Changeme123!", false, false}, {"Summer2026!", false, false},
		{"xkqmvrtw", false, false}, {"xkqmvrtwpzjh", false, true}, {"lan se de yu dian", false, true}, {"xkqm7vrtwpzjh", false, true},
		{"Xkqm7vrt", true, false}, {"Xk7-qmvr", true, false}, {"Xkqm7vrtwpzj", true, true}, {"Ling-Long 7 ta", true, true},
		{"雨落长街Aa7", false, false}, {"雨落长街Aa7-", true, false}, {"雨落长街Aa7归人未还家", true, true}, {"Ｘｋｑｍ７ｖｒｔ", true, false}, {"kM9#vTq2!wZe", true, true},
		{strings.Repeat("Xk7-qmvr", 16), true, true}, {strings.Repeat("Xk7-qmvr", 16) + "x", false, false},
	} {
		for _, p := range []struct {
			Profile
			want bool
		}{{Gov, tt.gov}, {ASVS, tt.asvs}} {
			err := p.Check(tt.password, words...)
			if (err == nil) != p.want {
				t.Errorf("%s %.40q: %v, want admitted %v", p.Name, tt.password, err, p.want)
			}
			if err != nil && (errs.KindOf(err) != errs.Invalid || errs.FieldsOf(err)[0].Name != "password") {
				t.Errorf("%.40q: %v", tt.password, err)
			}
			if err != nil && len(tt.password) > 7 && strings.Contains(errs.FieldsOf(err)[0].Message, tt.password) {
				t.Errorf("the answer repeats the password %.40q", tt.password)
			}
		}
	}
}

func TestHash(t *testing.T) {
	p := Params{MemoryKiB: 64, Passes: 1, Threads: 1}
	a, b := hash("Ｘｋ７-qmvr", p), hash("Xk7-qmvr", p)
	if a == b {
		t.Error("no salt")
	}
	for _, s := range []string{a, b} {
		if ok, weaker := verify("Xk7-qmvr", s, p); !ok || weaker {
			t.Error(s)
		}
		if ok, _ := verify("Xk7-qmvR", s, p); ok {
			t.Error("admits a wrong password")
		}
		if _, weaker := verify("x", s, DefaultParams); !weaker {
			t.Error("not seen to be weaker")
		}
	}
	for _, s := range []string{"", "plain", "$argon2id$v=19$m=64,t=0,p=1$AAAA$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$", "$argon2id$v=19$m=x$AAAA$AAAA", "$bcrypt$v=19$m=64,t=1,p=1$AAAA$AAAA"} {
		if ok, _ := verify("", s, p); ok {
			t.Errorf("%q admits", s)
		}
	}
	seen := map[string]bool{}
	for range 200 {
		s := initial()
		if seen[s] || Gov.Check(s) != nil || ASVS.Check(s) != nil {
			t.Errorf("initial %q", s)
		}
		seen[s] = true
	}
}
