package evidence

import (
	"archive/zip"
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"

	"golang.org/x/text/encoding/simplifiedchinese"

	"duban/internal/base/errs"
)

func picture() image.Image {
	m := image.NewRGBA(image.Rect(0, 0, 40, 30))
	for i := range 40 * 30 {
		m.Set(i%40, i/40, color.RGBA{uint8(i), uint8(i / 5), 99, 255})
	}
	return m
}

func jpg(t *testing.T) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture(), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is an EXIF segment as a telephone writes it: orientation, and a GPS text that must not survive.
func exif(o binary.AppendByteOrder, mark string, orientation uint16) []byte {
	b := append([]byte("Exif\x00\x00"), mark...)
	b = o.AppendUint16(b, 42)
	b = o.AppendUint32(b, 8)
	b = o.AppendUint16(b, 2)
	for _, tag := range []uint16{0x010f, 0x0112} {
		b = o.AppendUint16(b, tag)
		b = o.AppendUint16(b, 3)
		b = o.AppendUint32(b, 1)
		b = o.AppendUint16(b, orientation)
		b = o.AppendUint16(b, 0)
	}
	b = append(b, "GPS 26.66N 119.55E"...)
	return append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(b)+2)), b...)
}

func zipped(t *testing.T, files ...string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		w, err := z.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(files[i+1]))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func docx(t *testing.T, body string) []byte {
	return zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", `<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="x"><w:p>`+body+`</w:p></w:document>`)
}

func TestInspectTakes(t *testing.T) {
	var p bytes.Buffer
	if err := png.Encode(&p, picture()); err != nil {
		t.Fatal(err)
	}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("拆迁协议已签 38 户★")
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range map[string]struct {
		content []byte
		media   string
	}{
		"现场.jpg":  {jpg(t), "image/jpeg"},
		"现场.png":  {p.Bytes(), "image/png"},
		"纪要.pdf":  {[]byte("%PDF-1.7\n1 0 obj\n<<>>\nendobj\n"), "application/pdf"},
		"纪要.docx": {docx(t, "<w:t>会议纪要，注意保守秘密</w:t>"), docxKind.media},
		"表.xlsx":  {zipped(t, "[Content_Types].xml", "<Types/>", "xl/workbook.xml", "<workbook/>"), xlsxKind.media},
		"文.ofd":   {zipped(t, "OFD.xml", "<ofd:OFD/>"), ofdKind.media},
		"说明.txt":  {[]byte(gb), textKind.media},
		"说明2.txt": {[]byte("\xff\xfe\x3c\x52\x1a\x90"), textKind.media},
		"机密的说明":   {[]byte("机密工作★"), textKind.media},
	} {
		f, err := Inspect(name, v.content)
		if err != nil || f.Media != v.media || f.SHA256 != sum(f.Content) || f.Offered != sum(v.content) {
			t.Errorf("%s: %v %q", name, err, f.Media)
		}
		if f.Media == textKind.media && !bytes.ContainsAny(f.Content, "拆刼工") {
			t.Errorf("%s: the text is not UTF-8 now: %q", name, f.Content)
		}
	}
}

func TestInspectRefuses(t *testing.T) {
	marks := utf16.Encode([]rune("机密★5年"))
	var pdf16 []byte
	for _, u := range marks {
		pdf16 = binary.BigEndian.AppendUint16(pdf16, u)
	}
	bomb := zipped(t, "[Content_Types].xml", "<Types/>", "word/document.xml", strings.Repeat(" ", 50<<20))
	var many []string
	for i := range maxMembers + 1 {
		many = append(many, strings.Repeat("a", 1+i%50)+string(rune('a'+i%26)), "")
	}
	big := jpg(t)
	big = bytes.Replace(big, []byte{0x00, 0x1e, 0x00, 0x28}, []byte{0xff, 0xff, 0xff, 0xff}, 1) // 30 × 40 becomes 65535 × 65535
	for name, v := range map[string]struct {
		file    string
		content []byte
		want    string
	}{
		"empty":           {"a.txt", nil, "是空的"},
		"too large":       {"a.txt", make([]byte, MaxSize+1), "超过 20 MB"},
		"secret name":     {"通知（秘密★1年）.pdf", []byte("%PDF-1.7"), "密级标志"},
		"secret text":     {"a.txt", []byte("机 密 ★\n关于"), "密级标志"},
		"secret docx":     {"a.docx", docx(t, "<w:r><w:t>绝密</w:t></w:r><w:r><w:t>★长期</w:t></w:r>"), "密级标志"},
		"secret pdf":      {"a.pdf", append([]byte("%PDF-1.7\n/Title(\xfe\xff"), pdf16...), "密级标志"},
		"html":            {"a.txt", []byte("<!DOCTYPE html><p>x"), "网页和 SVG"},
		"svg":             {"a.png", []byte(`<svg xmlns="x"><script>1</script></svg>`), "网页和 SVG"},
		"exe":             {"a.jpg", []byte("MZ\x90\x00"), "程序文件"},
		"elf":             {"a.jpg", []byte("\x7fELF\x02"), "程序文件"},
		"old office":      {"a.doc", []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "旧版 Office"},
		"macro":           {"a.docx", zipped(t, "[Content_Types].xml", "", "word/document.xml", "<a/>", "word/vbaProject.bin", "x"), "有宏"},
		"plain zip":       {"a.zip", zipped(t, "a.txt", "x"), "压缩包"},
		"broken zip":      {"a.docx", []byte("PK\x03\x04 broken"), "打不开"},
		"entity":          {"a.docx", zipped(t, "[Content_Types].xml", "", "word/document.xml", `<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>`), "打不开"},
		"bomb":            {"a.docx", bomb, "展开后太大"},
		"many members":    {"a.docx", zipped(t, many...), "展开后太大"},
		"binary":          {"a.txt", []byte{1, 2, 3, 0, 0xff}, "认不出"},
		"half a jpeg":     {"a.jpg", jpg(t)[:400], "打不开"},
		"pixel bomb":      {"a.jpg", big, "打不开"},
		"png without end": {"a.png", []byte("\x89PNG\r\n\x1a\n"), "打不开"},
	} {
		_, err := Inspect(v.file, v.content)
		if errs.KindOf(err) != errs.Invalid || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s: %v, want %s", name, err, v.want)
		}
	}
}

func TestPicturesAreCleaned(t *testing.T) {
	plain := jpg(t)
	for name, v := range map[string]struct {
		segment     []byte
		orientation byte
	}{
		"held sideways": {exif(binary.BigEndian, "MM", 6), 6},
		"upside down":   {exif(binary.LittleEndian, "II", 3), 3},
		"upright":       {exif(binary.LittleEndian, "II", 1), 0},
		"nonsense":      {exif(binary.BigEndian, "MM", 900), 0},
		"comment":       {append([]byte{0xff, 0xfe, 0, 20}, "GPS in a comment!!"...), 0},
		"preview":       {append([]byte{0xff, 0xe2, 0, 20}, "MPF\x00GPS in a thing!"[:18]...), 0},
	} {
		taken := append(append(append([]byte{}, plain[:2]...), v.segment...), plain[2:]...)
		taken = append(taken, "PK\x03\x04 GPS behind the end"...)
		if !bytes.Contains(taken, []byte("GPS")) {
			t.Fatal("the canary is missing before")
		}
		f, err := Inspect("a.jpg", taken)
		if err != nil {
			t.Fatal(name, err)
		}
		if bytes.Contains(f.Content, []byte("GPS")) || f.SHA256 == f.Offered {
			t.Errorf("%s: what the camera wrote is still there", name)
		}
		before, err := jpeg.Decode(bytes.NewReader(plain))
		if err != nil {
			t.Fatal(err)
		}
		after, err := jpeg.Decode(bytes.NewReader(f.Content))
		if err != nil {
			t.Fatal(name, err)
		}
		if !bytes.Equal(before.(*image.YCbCr).Y, after.(*image.YCbCr).Y) {
			t.Errorf("%s: the pixels changed", name)
		}
		got := byte(0)
		if i := bytes.Index(f.Content, []byte("Exif\x00\x00")); i >= 0 {
			got = exifOrientation(f.Content[i:])
		}
		if got != v.orientation {
			t.Errorf("%s: orientation %d, want %d", name, got, v.orientation)
		}
		again, err := cleanJPEG(f.Content)
		if err != nil || !bytes.Equal(again, f.Content) {
			t.Errorf("%s: cleaning a clean picture changes it: %v", name, err)
		}
	}

	var b bytes.Buffer
	if err := png.Encode(&b, picture()); err != nil {
		t.Fatal(err)
	}
	text := append(binary.BigEndian.AppendUint32(nil, 11), "tEXtGPS\x00119.55E"...)
	text = binary.BigEndian.AppendUint32(text, crc32.ChecksumIEEE(text[4:]))
	taken := append(append(append([]byte{}, b.Bytes()[:33]...), text...), b.Bytes()[33:]...)
	f, err := Inspect("a.png", append(taken, "GPS"...))
	if err != nil || !bytes.Equal(f.Content, b.Bytes()) {
		t.Errorf("the PNG is not clean: %v", err)
	}
}

func TestLabel(t *testing.T) {
	for in, want := range map[string]string{
		`C:\Users\张三\现场.jpg`:               "现场.jpg",
		"../../etc/passwd":                 "passwd",
		"a\u202egpj.exe":                   "agpj.exe",
		" .. ":                             "附件",
		"":                                 "附件",
		"a<b>\"c\".txt":                    "abc.txt",
		strings.Repeat("长", 300) + ".docx": strings.Repeat("长", 95) + ".docx",
		"\xcf\xd6\xb3\xa1.jpg":             "现场.jpg",
	} {
		if got := label(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for _, v := range [][3]string{{"a.jpeg", "image/jpeg", "a.jpeg"}, {"a.exe", "image/jpeg", "a.exe.jpg"}, {"a.csv", textKind.media, "a.csv"}, {"表", xlsxKind.media, "表.xlsx"}} {
		if got := (Exhibit{Name: v[0], Media: v[1]}).FileName(); got != v[2] {
			t.Errorf("%v: %s", v, got)
		}
	}
}

// TestMarksInLargePDFs: a mark of secrecy is found wherever it stands in a PDF of any size that is taken; the search used to end with the first two megabytes.
func TestMarksInLargePDFs(t *testing.T) {
	noise := make([]byte, 3<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(rnd.Uint32())
	}
	packed := func(text []byte) []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		z.Write(text)
		z.Close()
		return append(append([]byte("\n9 0 obj <</Filter /FlateDecode>> stream\r\n"), b.Bytes()...), "\nendstream endobj\n"...)
	}
	wide := func(text string) (b []byte) {
		for _, u := range utf16.Encode([]rune(text)) {
			b = append(b, byte(u>>8), byte(u))
		}
		return b
	}
	long := bytes.Repeat([]byte("0 0 m 10 10 l S\n"), 200_000) // more than one piece comes out
	for name, c := range map[string]struct {
		tail   []byte
		secret bool
	}{
		"nothing":                   {packed([]byte("BT (progress) Tj ET")), false},
		"in clear, at the end":      {[]byte("\n(机密★)"), true},
		"packed":                    {packed([]byte("BT (机密★) Tj ET")), true},
		"packed, as UTF-16":         {packed(wide("绝密★启用前")), true},
		"packed, after much":        {packed(append(bytes.Clone(long), "(秘密★)"...)), true},
		"packed, much and no mark":  {packed(long), false},
		"a star, and a common word": {packed([]byte("五角星★ 秘密花园")), false},
	} {
		file := append(append([]byte("%PDF-1.7\n"), noise...), c.tail...)
		_, err := Inspect("材料.pdf", file)
		if c.secret != (err != nil && strings.Contains(err.Error(), "密级标志")) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Two and a half million streams must not keep the server busy: all of them would take a quarter of an hour, and this test would not end in time.
	hostile := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("stream\x78\x9c"), MaxSize/8-16)...)
	if _, err := Inspect("材料.pdf", hostile); err != nil {
		t.Error(err)
	}
}
