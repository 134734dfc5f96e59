package evidence

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/internal/base/errs"
)

// MaxSize bounds a file, in bytes.
const MaxSize = 20 << 20

// The bounds of a zipped document (docx, xlsx, pptx, OFD): unpacked bytes, members, and unpacked to packed.
const (
	maxUnpacked = 100 << 20
	maxMembers  = 2000
	maxRatio    = 100
)

// maxText bounds how much of a document's text is searched for a mark of secrecy.
const maxText = 8 << 20

// File is a file that may be offered: looked at, cleaned and hashed.
type File struct {
	Name    string // a label: no path, no control characters
	Media   string // as its content says
	SHA256  string // of Content
	Offered string // SHA-256 of the file as it came, before cleaning
	Content []byte

	inspected bool
}

// kind is a type of file that is taken.
type kind struct{ media, ext string }

var (
	jpegKind = kind{"image/jpeg", ".jpg"}
	pngKind  = kind{"image/png", ".png"}
	pdfKind  = kind{"application/pdf", ".pdf"}
	ofdKind  = kind{"application/ofd", ".ofd"}
	docxKind = kind{"application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"}
	xlsxKind = kind{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".xlsx"}
	pptxKind = kind{"application/vnd.openxmlformats-officedocument.presentationml.presentation", ".pptx"}
	textKind = kind{"text/plain; charset=utf-8", ".txt"}
)

var kinds = []kind{jpegKind, pngKind, pdfKind, ofdKind, docxKind, xlsxKind, pptxKind, textKind}

// Accept is the list of endings for a form's file field.
const Accept = ".jpg,.jpeg,.png,.pdf,.ofd,.docx,.xlsx,.pptx,.txt,.csv"

const taken = "可以交：照片（JPG、PNG）、PDF、OFD、docx、xlsx、pptx、纯文本。"

// Inspect looks at a file, refuses what may not be kept, and cleans pictures. It reads no database:
// call it before the transaction.
func Inspect(name string, content []byte) (File, error) {
	f := File{Name: label(name), Offered: sum(content)}
	if len(content) == 0 {
		return f, errs.At("file", "文件“%s”是空的，请重新选择", f.Name)
	}
	if len(content) > MaxSize {
		return f, errs.At("file", "文件“%s”有 %.1f MB，超过 20 MB，请压缩或拆开再传", f.Name, float64(len(content))/(1<<20))
	}
	if marked(f.Name) || marked(name) {
		return f, secret(f.Name)
	}
	k, text, err := look(content)
	if err != nil {
		return f, err
	}
	if marked(text) {
		return f, secret(f.Name)
	}
	switch k {
	case jpegKind:
		content, err = cleanJPEG(content)
	case pngKind:
		content, err = cleanPNG(content)
	case textKind:
		content = []byte(text)
	}
	if err != nil {
		return f, &errs.Error{Kind: errs.Invalid, Message: "有 1 处要改", Fields: []errs.Field{{Name: "file", Message: "图片“" + f.Name + "”打不开，可能没传完整，请重新拍照或另存后再传"}}, Cause: err}
	}
	f.Media, f.Content, f.SHA256, f.inspected = k.media, content, sum(content), true
	return f, nil
}

func secret(name string) error {
	return errs.At("file", "“%s”带有密级标志，涉密文件不得上传本系统。请立即从本机移走，按保密规定处理", name)
}

func sum(b []byte) string {
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// label makes a harmless label of a file's name: no directories, no control or direction characters, at most 100 characters.
func label(name string) string {
	if !utf8.ValidString(name) {
		if s, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = s
		}
	}
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError || strings.ContainsRune(`<>:"|?*`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	if r := []rune(name); len(r) > 100 {
		ext := path.Ext(name)
		if n := utf8.RuneCountInString(ext); n > 10 {
			ext = ""
		}
		name = string(r[:100-utf8.RuneCountInString(ext)]) + ext
	}
	if name == "" {
		return "附件"
	}
	return name
}

// look returns what a file is, by its content, and the text in it.
func look(b []byte) (kind, string, error) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xd8, 0xff}):
		return jpegKind, "", nil
	case bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return pngKind, "", nil
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return pdfKind, pdfText(b), nil
	case bytes.HasPrefix(b, []byte("PK\x03\x04")):
		return lookZip(b)
	case bytes.HasPrefix(b, []byte{0xd0, 0xcf, 0x11, 0xe0}):
		return kind{}, "", errs.At("file", "这是旧版 Office 文件（doc、xls、ppt），请另存为 docx、xlsx、pptx 或 PDF 再传")
	case bytes.HasPrefix(b, []byte("MZ")), bytes.HasPrefix(b, []byte("\x7fELF")), bytes.HasPrefix(b, []byte("#!")):
		return kind{}, "", errs.At("file", "这是程序文件，不能作为佐证材料。%s", taken)
	}
	text, ok := decode(b)
	if !ok {
		return kind{}, "", errs.At("file", "认不出这种文件。%s", taken)
	}
	if looksActive(text) {
		return kind{}, "", errs.At("file", "网页和 SVG 文件里可能藏有程序，不能上传，请另存为 PDF 再传。%s", taken)
	}
	return textKind, text, nil
}

// decode reads plain text in UTF-8, UTF-16 with a mark, or GB18030.
func decode(b []byte) (string, bool) {
	switch {
	case bytes.HasPrefix(b, []byte{0xff, 0xfe}), bytes.HasPrefix(b, []byte{0xfe, 0xff}):
		u := make([]uint16, 0, len(b)/2)
		for i := 2; i+1 < len(b); i += 2 {
			if b[0] == 0xff {
				u = append(u, uint16(b[i])|uint16(b[i+1])<<8)
			} else {
				u = append(u, uint16(b[i+1])|uint16(b[i])<<8)
			}
		}
		b = []byte(string(utf16.Decode(u)))
	case !utf8.Valid(b):
		d, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
		if err != nil || bytes.ContainsRune(d, utf8.RuneError) {
			return "", false
		}
		b = d
	}
	for _, r := range string(b) {
		if r < ' ' && r != '\t' && r != '\r' && r != '\n' && r != '\f' {
			return "", false
		}
	}
	return strings.TrimPrefix(string(b), "\ufeff"), true
}

var active = regexp.MustCompile(`(?i)<\s*(!doctype\s+html|html|head|body|script|svg|iframe|object|embed|\?xml)\b|<\?xml`)

func looksActive(text string) bool { return active.MatchString(text[:min(len(text), 1<<20)]) }

var mark = regexp.MustCompile(`(绝密|机密|秘密)级?[★☆✩⭐]`)

// marked reports whether the text bears a mark of secrecy (密级标志): 秘密★, 机密★, 绝密★, spaces between them or not.
func marked(text string) bool {
	star := false
	for _, s := range []string{"★", "☆", "✩", "⭐"} {
		star = star || strings.Contains(text, s)
	}
	if !star {
		return false
	}
	return mark.MatchString(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) || r == '\u3000' {
			return -1
		}
		return r
	}, text))
}

func lookZip(b []byte) (kind, string, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return kind{}, "", errs.At("file", "文件打不开，可能没传完整，请重新上传")
	}
	bomb := errs.At("file", "文件展开后太大，不能上传，请删去不需要的内容或另存为 PDF")
	if len(z.File) > maxMembers {
		return kind{}, "", bomb
	}
	names := map[string]bool{}
	var total uint64
	for _, f := range z.File {
		total += f.UncompressedSize64
		if total > maxUnpacked {
			return kind{}, "", bomb
		}
		n := strings.ToLower(f.Name)
		names[n] = true
		if strings.HasSuffix(n, "vbaproject.bin") {
			return kind{}, "", errs.At("file", "文件里有宏，不能上传，请另存为不含宏的 docx、xlsx、pptx 或 PDF")
		}
	}
	var k kind
	switch {
	case names["[content_types].xml"] && names["word/document.xml"]:
		k = docxKind
	case names["[content_types].xml"] && names["xl/workbook.xml"]:
		k = xlsxKind
	case names["[content_types].xml"] && names["ppt/presentation.xml"]:
		k = pptxKind
	case names["ofd.xml"]:
		k = ofdKind
	default:
		return kind{}, "", errs.At("file", "压缩包看不到里面的内容，请解开后逐个上传。%s", taken)
	}
	var text strings.Builder
	var read int64
	for _, f := range z.File {
		// The sizes in the directory may lie, so what really comes out is counted as well.
		n, s, err := unpack(f, int64(maxUnpacked)-read)
		read += n
		if err == errTooBig || n > int64(maxRatio)*int64(len(b)) {
			return kind{}, "", bomb
		}
		if err != nil {
			return kind{}, "", &errs.Error{Kind: errs.Invalid, Message: "有 1 处要改", Fields: []errs.Field{{Name: "file", Message: "文件打不开，可能已经损坏，请重新保存后再传"}}, Cause: err}
		}
		if text.Len() < maxText {
			text.WriteString(s)
			text.WriteByte('\n')
		}
	}
	if read > int64(maxRatio)*int64(len(b)) {
		return kind{}, "", bomb
	}
	return k, text.String(), nil
}

var errTooBig = errors.New("evidence: unpacks to too much")

// unpack reads a member to its end, at most limit bytes, and returns its length and, of XML, the text.
func unpack(f *zip.File, limit int64) (int64, string, error) {
	r, err := f.Open()
	if err != nil {
		return 0, "", err
	}
	defer r.Close()
	c := &counter{r: io.LimitReader(r, limit+1)}
	var text strings.Builder
	if strings.HasSuffix(strings.ToLower(f.Name), ".xml") {
		d := xml.NewDecoder(c)
		d.Strict = false
		d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
		depth := 0
		for {
			t, err := d.RawToken()
			if err == io.EOF {
				break
			}
			if err != nil {
				return c.n, "", fmt.Errorf("%s: %w", f.Name, err)
			}
			switch t := t.(type) {
			case xml.Directive: // a DOCTYPE could bring entities; Office and OFD never write one
				return c.n, "", errors.New("evidence: a document type in " + f.Name)
			case xml.StartElement:
				if depth++; depth > 1000 {
					return c.n, "", errors.New("evidence: nested too deeply: " + f.Name)
				}
			case xml.EndElement:
				depth--
			case xml.CharData:
				if text.Len() < maxText {
					text.Write(t)
				}
			}
		}
	}
	if _, err := io.Copy(io.Discard, c); err != nil {
		return c.n, "", err
	}
	if c.n > limit {
		return c.n, "", errTooBig
	}
	return c.n, text.String(), nil
}

type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// The bounds of what is searched of a PDF: pieces of its bytes, and packed streams with what comes out of them.
const (
	pdfPiece   = 1 << 20
	pdfOverlap = 64 // a mark is shorter, in any encoding
	pdfStreams = 5_000
	pdfUnpack  = 32 << 20
)

// pdfText returns the first piece of a PDF that bears a mark of secrecy, as far as it can be read without the file's fonts: in its raw bytes and in its packed
// streams, each as they stand and as UTF-16. It is "" if none does.
func pdfText(b []byte) string {
	bears := func(p []byte) string {
		if s := string(p); marked(s) {
			return s
		}
		for off := range 2 {
			u := make([]uint16, 0, len(p)/2)
			for i := off; i+1 < len(p); i += 2 {
				u = append(u, uint16(p[i])<<8|uint16(p[i+1]))
			}
			if s := string(utf16.Decode(u)); marked(s) {
				return s
			}
		}
		return ""
	}
	for i := 0; i < len(b); i += pdfPiece {
		if s := bears(b[i:min(i+pdfPiece+pdfOverlap, len(b))]); s != "" {
			return s
		}
	}
	z, _ := zlib.NewReader(bytes.NewReader([]byte{0x78, 0x9c, 0x03, 0x00, 0x00, 0x00, 0x00, 0x01})) // of nothing: one reader for all streams
	piece := make([]byte, pdfPiece)
	out := 0
	for rest, n := b, 0; n < pdfStreams && out < pdfUnpack; n++ {
		i := bytes.Index(rest, []byte("stream"))
		if i < 0 {
			break
		}
		rest = bytes.TrimLeft(rest[i+6:], "\r\n")
		if z.(zlib.Resetter).Reset(bytes.NewReader(rest), nil) != nil {
			continue
		}
		for kept := 0; out < pdfUnpack; {
			m, err := io.ReadFull(z, piece[kept:])
			out += m
			if s := bears(piece[:kept+m]); s != "" {
				return s
			}
			if err != nil {
				break
			}
			kept = copy(piece, piece[len(piece)-pdfOverlap:])
		}
	}
	return ""
}
