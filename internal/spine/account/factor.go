package account

import (
	"crypto/subtle"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// Factor is the second factor of an account (动态码): six digits of RFC 6238 that change every 30 seconds.
type Factor struct {
	Secret    string // base32, for typing into the telephone by hand
	URL       string // otpauth://…, what the square code says
	PNG       []byte // the square code
	Confirmed bool   // asked for at every log-in
}

const stepTime = 30 // seconds

// stepOf returns the time step whose code was typed: the present one or a neighbour, and later than the last one used, so
// that a code works once. ok is false if there is none.
//
// Source: reliability 6.
func stepOf(secret, code string, last int64, now time.Time) (step int64, ok bool) {
	code = strings.ReplaceAll(normal(code), " ", "")
	for s := now.Unix()/stepTime - 1; s <= now.Unix()/stepTime+1; s++ {
		want, err := totp.GenerateCode(secret, time.Unix(s*stepTime, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}
