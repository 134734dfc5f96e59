package score

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/govalues/decimal"
)

// encode writes v as JSON with a fixed order of keys and no escaping of Chinese or signs, one line, no trailing newline.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil { // only strings, decimals and structs: it cannot fail
		panic(err)
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// Canonical returns the data as stable bytes: rows in canonical order.
func (d Data) Canonical() []byte { return d.Sorted().bytes() }

// Hash returns SHA-256 of Canonical, in hex.
func (d Data) Hash() string { return d.Sorted().sum() }

// bytes encodes d, whose rows must be sorted.
func (d Data) bytes() []byte {
	var b bytes.Buffer
	d.write(&b)
	return b.Bytes()
}

func (d Data) sum() string {
	h := sha256.New()
	d.write(h)
	return hex.EncodeToString(h.Sum(nil))
}

// write writes d as encode would, row by row: a country's rows are hashed, and reflection costs more than the scoring.
func (d Data) write(w io.Writer) { // neither a buffer nor a hash returns an error
	b := make([]byte, 0, 4096)
	b = appendText(append(b, `{"period":`...), d.Period)
	b = append(b, `,"rows":[`...)
	for i := range d.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = d.Rows[i].append(b)
		if len(b) > 3072 {
			w.Write(b)
			b = b[:0]
		}
	}
	w.Write(append(b, ']', '}'))
}

func (r *Input) append(b []byte) []byte {
	b = appendText(append(b, `{"unit":`...), r.Unit)
	text := func(key, s string) {
		if s != "" {
			b = appendText(append(b, key...), s)
		}
	}
	number := func(key string, n decimal.NullDecimal) {
		if !n.Valid {
			if n.Decimal != (decimal.Decimal{}) { // encoding/json leaves out what is zero, and this is not
				b = append(append(b, key...), "null"...)
			}
			return
		}
		b = append(append(b, key...), '"')
		b, _ = n.Decimal.AppendText(b)
		b = append(b, '"')
	}
	text(`,"group":`, r.Group)
	text(`,"item":`, r.Item)
	text(`,"period":`, r.Period)
	number(`,"value":`, r.Value)
	number(`,"target":`, r.Target)
	text(`,"event":`, r.Event)
	number(`,"count":`, r.Count)
	text(`,"role":`, r.Role)
	text(`,"kind":`, string(r.Kind))
	text(`,"source":`, r.Source)
	if r.Exempt {
		b = append(b, `,"exempt":true`...)
	}
	text(`,"basis":`, r.Basis)
	return append(b, '}')
}

// appendText writes s as encode would; what needs escaping is left to it.
func appendText(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c == 0xE2 && strings.HasPrefix(s[i:], "\u2028") || c == 0xE2 && strings.HasPrefix(s[i:], "\u2029") {
			return append(b, encode(s)...)
		}
	}
	if !utf8.ValidString(s) {
		return append(b, encode(s)...)
	}
	return append(append(append(b, '"'), s...), '"')
}

// Canonical returns the result as stable bytes, for sealing (封存) and for the proof bundle.
func (r Result) Canonical() []byte { return encode(r) }

// Hash returns SHA-256 of Canonical, in hex.
func (r Result) Hash() string {
	h := sha256.Sum256(r.Canonical())
	return hex.EncodeToString(h[:])
}

// ParseData reads what Canonical wrote. Unknown keys are refused.
func ParseData(b []byte) (Data, error) {
	var d Data
	if err := strict(b, &d); err != nil {
		return Data{}, fmt.Errorf("计分数据不是本程序写出的格式：%w", err)
	}
	return d, nil
}

// ParseResult reads what Canonical wrote, for Aggregate over sealed results.
func ParseResult(b []byte) (Result, error) {
	var r Result
	if err := strict(b, &r); err != nil {
		return Result{}, fmt.Errorf("考核结果不是本程序写出的格式：%w", err)
	}
	r.restore()
	return r, nil
}

// restore fills in what JSON does not carry.
func (r *Result) restore() {
	for i := range r.Groups {
		for j := range r.Groups[i].Rows {
			u := &r.Groups[i].Rows[j]
			u.total = FromDecimal(u.Total)
			for k := range u.Items {
				u.Items[k].score = FromDecimal(u.Items[k].Score)
			}
		}
	}
}

func strict(b []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return errors.New("后面还有多余内容")
	}
	return nil
}

// Verify recomputes a sealed result from the scheme's text and the data's canonical bytes and
// compares byte for byte. nil means that every figure follows from the rule and the data.
func Verify(scheme, data, result []byte) error {
	s, err := Parse(scheme)
	if err != nil {
		return err
	}
	d, err := ParseData(data)
	if err != nil {
		return err
	}
	if !bytes.Equal(d.Canonical(), data) {
		return errors.New("计分数据被改动过：行的次序或写法与封存时不同")
	}
	old, err := ParseResult(result)
	if err != nil {
		return err
	}
	now := Compute(s, d)
	if bytes.Equal(now.Canonical(), result) {
		return nil
	}
	for i, g := range now.Groups {
		for j, u := range g.Rows {
			if i < len(old.Groups) && j < len(old.Groups[i].Rows) {
				if o := old.Groups[i].Rows[j]; o.Unit != u.Unit || o.Total.Cmp(u.Total) != 0 || o.Rank != u.Rank {
					return fmt.Errorf("重算不符：组别“%s”第%d行，封存的是“%s” %s分 第%d名，重算得“%s” %s分 第%d名", g.Group, j+1, o.Unit, o.Total, o.Rank, u.Unit, u.Total, u.Rank)
				}
			}
		}
	}
	return errors.New("重算不符：总分和名次相同，但明细或规则版本与封存时不同")
}

// VerifyYear does for a year's result what Verify does for a round's.
func VerifyYear(scheme, input, result []byte) error {
	s, err := Parse(scheme)
	if err != nil {
		return err
	}
	y, err := ParseYearInput(input)
	if err != nil {
		return err
	}
	if !bytes.Equal(y.Canonical(), input) {
		return errors.New("年度汇总数据被改动过：次序或写法与封存时不同")
	}
	if !bytes.Equal(Aggregate(s, y).Canonical(), result) {
		return errors.New("重算不符：年度成绩与封存的不同")
	}
	return nil
}
