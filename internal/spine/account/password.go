package account

import (
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"encoding/base64"
	"fmt"
	"strings"
	"time"
	"unicode"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"duban/internal/base/errs"
)

// Profile is a password policy (口令策略).
//
// Source: reliability 2 and §1.3: the two standards contradict each other, so the installation names one.
type Profile struct {
	Name    string
	Min     int           // shortest length in characters
	Classes int           // how many of: lower case, upper case, digits, others
	Age     time.Duration // after which it must be changed; 0 never
	Past    int           // how many earlier ones may not come back
}

// The profiles: 等保 (GB/T 22239, the default) and ASVS 5.0.
var (
	Gov  = Profile{Name: "gov", Min: 8, Classes: 3, Age: 90 * 24 * time.Hour, Past: 5}
	ASVS = Profile{Name: "asvs", Min: 12}
)

// Says tells people what the profile wants.
func (p Profile) Says() string {
	s := fmt.Sprintf("至少 %d 位", p.Min)
	if p.Classes > 0 {
		s += fmt.Sprintf("，大写字母、小写字母、数字、符号里要有 %d 种", p.Classes)
	}
	s += "；不能是常见密码，不能带用户名、姓名或单位名。"
	if p.Age > 0 {
		s += fmt.Sprintf("每 %d 天换一次，不能用最近 %d 次用过的。", int(p.Age.Hours()/24), p.Past)
	}
	return s
}

const maxPassword = 128

// normal makes full-width letters half-width: an input method must not lock anybody out.
func normal(password string) string { return norm.NFKC.String(password) }

//go:embed common.txt
var commonText string

// common holds the words that popular passwords are made of.
var common = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(commonText) {
		m[w] = true
	}
	return m
}()

// Check refuses a password that the profile does not admit. words are names it may not contain: of the log-in, the
// person, units, the place. Errors: Invalid, field password.
func (p Profile) Check(password string, words ...string) error {
	password = normal(password)
	runes := []rune(password)
	refuse := func(format string, args ...any) error { return errs.At("password", format, args...) }
	if len(runes) < p.Min {
		return refuse("密码太短：现在 %d 位，至少要 %d 位。", len(runes), p.Min)
	}
	if len(runes) > maxPassword {
		return refuse("密码最多 %d 位。", maxPassword)
	}
	if n := classes(runes); n < p.Classes {
		return refuse("密码里大写字母、小写字母、数字、符号要有 %d 种，现在只有 %d 种。", p.Classes, n)
	}
	if weak(password) {
		return refuse("这个密码太常见，一猜就中。请换一个，比如几个不相干的词连起来。")
	}
	low := strings.ToLower(password)
	for _, w := range words {
		w = strings.ToLower(strings.TrimSpace(normal(w)))
		if len([]rune(w)) < 2 || len(w) < 4 { // too short to betray anything
			continue
		}
		if strings.Contains(low, w) {
			return refuse("密码里不能有“%s”：别人会先猜用户名、姓名、单位名和地名。", w)
		}
	}
	return nil
}

func classes(s []rune) int {
	var lower, upper, digit, other int
	for _, r := range s {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

var leet = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

// weak reports whether a password is one of those that everybody tries: a popular word dressed up with digits and signs, a
// run along the keyboard or the alphabet, few characters repeated.
func weak(password string) bool {
	low := strings.ToLower(password)
	letter := func(r rune) bool { return !unicode.IsLetter(r) }
	for _, form := range []string{low, leet.Replace(low), leet.Replace(strings.TrimRightFunc(low, letter))} {
		if common[form] || common[strings.TrimFunc(form, letter)] {
			return true
		}
		// nothing but popular words and digits: admin123, woaini1314
		rest := strings.FieldsFunc(form, letter)
		all := len(rest) > 0
		for _, w := range rest {
			all = all && (common[w] || len(w) < 3 && len(rest) == 1 || run(w))
		}
		if all {
			return true
		}
	}
	seen := map[rune]bool{}
	for _, r := range low {
		seen[r] = true
	}
	digits := strings.Trim(low, "0123456789") == "" && len(low) < 16 // birthdays, telephone numbers
	return len(seen) < 5 || digits || run(low)
}

const rows = "1234567890 0987654321 qwertyuiop poiuytrewq asdfghjkl lkjhgfdsa zxcvbnm mnbvcxz abcdefghijklmnopqrstuvwxyz zyxwvutsrqponmlkjihgfedcba 1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik, !qaz@wsx#edc$rfv !@#$%^&*()"

// run reports whether s, three characters or longer, is made of stretches along the keyboard or alphabet alone.
func run(s string) bool {
	if len(s) < 3 {
		return false
	}
	for len(s) > 0 {
		n := 0
		for n < len(s) && strings.Contains(rows, s[:n+1]) && s[n] != ' ' {
			n++
		}
		if n < 3 {
			return false
		}
		s = s[n:]
	}
	return true
}

// Params are the costs of Argon2id.
type Params struct {
	MemoryKiB, Passes uint32
	Threads           uint8
}

// DefaultParams cost about 30 ms and 19 MiB. Source: reliability 33.
var DefaultParams = Params{MemoryKiB: 19 * 1024, Passes: 2, Threads: 1}

// nobodys returns a stored password that no password fits, and that costs as much to try as any: it is made of chance, not derived.
func nobodys(p Params) string {
	var salt [16]byte
	var sum [32]byte
	rand.Read(salt[:])
	rand.Read(sum[:])
	return stored(p, salt[:], sum[:])
}

// hash returns what is stored of a password: parameters, salt and hash in the form $argon2id$v=19$m=…,t=…,p=…$salt$hash.
func hash(password string, p Params) string {
	var salt [16]byte
	rand.Read(salt[:]) // never fails
	sum := argon2.IDKey([]byte(normal(password)), salt[:], p.Passes, p.MemoryKiB, p.Threads, 32)
	return stored(p, salt[:], sum)
}

func stored(p Params, salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.MemoryKiB, p.Passes, p.Threads, b64(salt), b64(sum))
}

// verify reports whether the password made the stored form, and whether that form is weaker than p by now.
func verify(password, stored string, p Params) (ok, weaker bool) {
	part := strings.Split(stored, "$")
	var q Params
	if len(part) != 6 || part[1] != "argon2id" {
		return false, false
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &q.MemoryKiB, &q.Passes, &q.Threads); err != nil {
		return false, false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	want, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || q.Passes == 0 || q.Threads == 0 || len(want) == 0 {
		return false, false
	}
	got := argon2.IDKey([]byte(normal(password)), salt, q.Passes, q.MemoryKiB, q.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, q.MemoryKiB < p.MemoryKiB || q.Passes < p.Passes
}

func b64(b []byte) string { return base64.RawStdEncoding.EncodeToString(b) }

// letters and digits that nobody mistakes for another when reading them off a slip.
const plainChars = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"

// initial returns a password for a new account, which both profiles admit. It must be changed at the first log-in.
func initial() string {
	for {
		var b [14]byte
		rand.Read(b[:])
		out := make([]byte, len(b))
		for i, x := range b {
			out[i] = plainChars[int(x)%len(plainChars)]
		}
		out[4], out[9] = '-', '-'
		if s := string(out); Gov.Check(s) == nil && ASVS.Check(s) == nil {
			return s
		}
	}
}
