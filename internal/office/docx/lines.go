package docx

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"duban/internal/base/errs"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

const maxText = 20 << 20

// ReadLines reads the lines of a plain text file (.txt) in UTF-8 with or without mark, UTF-16 with mark or plainly without, or GB18030 (GBK,
// GB2312), as Windows and WPS save it. Line ends are dropped; an empty line stays as "". Errors are errs.Invalid.
func ReadLines(b []byte) ([]string, error) {
	if len(b) > maxText {
		return nil, errs.New(errs.Invalid, "文件太大，文本文件最多 %d MB。", maxText>>20)
	}
	text, err := decode(b)
	if err != nil {
		return nil, err
	}
	text = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text)
	text = strings.TrimSuffix(text, "\n")
	if text == "" {
		return nil, nil
	}
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.ReplaceAll(Clean(l), "\n", " ")
	}
	return lines, nil
}

// reads reports whether nearly all of b are characters of a Chinese text.
func reads(b []byte) bool {
	good, all := 0, 0
	for _, r := range string(b) {
		all++
		if r >= 0x4E00 && r <= 0x9FFF || r >= 0x3000 && r <= 0x303F || r >= 0xFF00 && r <= 0xFFEF || r >= ' ' && r < 0x7F || r == '\n' || r == '\r' || r == '\t' || r >= 0x2010 && r <= 0x2030 {
			good++
		}
	}
	return all > 1 && good*100 >= all*97
}

func decode(b []byte) (string, error) {
	unknown := func(cause error) error {
		return &errs.Error{Kind: errs.Invalid, Message: "认不出这个文本文件的文字编码。请用记事本打开，另存为 UTF-8 后再上传。", Cause: cause}
	}
	if bytes.HasPrefix(b, []byte{0xFF, 0xFE}) || bytes.HasPrefix(b, []byte{0xFE, 0xFF}) {
		out, err := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Bytes(b)
		if err != nil || bytes.ContainsRune(out, 0) {
			return "", unknown(err)
		}
		return string(out), nil
	}
	b = bytes.TrimPrefix(b, []byte{0xEF, 0xBB, 0xBF})
	if bytes.IndexByte(b, 0) >= 0 {
		for _, e := range []unicode.Endianness{unicode.LittleEndian, unicode.BigEndian} {
			if out, err := unicode.UTF16(e, unicode.IgnoreBOM).NewDecoder().Bytes(b); err == nil && len(b)%2 == 0 && reads(out) {
				return string(out), nil
			}
		}
		return "", errs.New(errs.Invalid, "这个文件不是文本文件（.txt）。")
	}
	if utf8.Valid(b) {
		return string(b), nil
	}
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return "", unknown(err)
	}
	return string(out), nil
}
