package docx

import (
	"archive/zip"
	"bytes"
	"cmp"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strings"

	"duban/internal/base/errs"
)

// Limits of a package. Source: reliability 50.
const (
	MaxFile    = 50 << 20  // bytes as uploaded
	MaxTotal   = 100 << 20 // bytes unfolded, all entries
	MaxEntries = 2000
	MaxRatio   = 100
	MaxXML     = 24 << 20 // bytes of one XML part that is held as a tree
	maxDepth   = 200
	maxAttr    = 200
	freeRatio  = 1 << 20 // below this many bytes unfolded any ratio is harmless
)

// Package is an opened package (Open Packaging, 压缩包), which .docx and .xlsx files both are, whose entries keep to the
// limits: an upload of 3 MB may unfold to gigabytes, its entries may overlap, its XML may define entities that breed.
// No entry overlaps another or appears twice, none is a macro. xlsx opens its files through it as well.
type Package struct {
	Files  []*zip.File
	byName map[string]*zip.File
}

// ReadUpload reads an upload of at most MaxFile bytes.
func ReadUpload(r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, MaxFile+1))
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "文件没有读完，请重新上传。", Cause: err}
	}
	if len(b) > MaxFile {
		return nil, errs.New(errs.Invalid, "文件太大，最多 %d MB。请删去图片或分成几个文件。", MaxFile>>20)
	}
	return b, nil
}

// OpenPackage checks b against the limits. want is the extension that the caller reads, ".docx" or ".xlsx"; it stands in the
// sentences for the user. Errors are errs.Invalid.
func OpenPackage(b []byte, want string) (*Package, error) {
	if bytes.HasPrefix(b, []byte{0xD0, 0xCF, 0x11, 0xE0}) {
		return nil, errs.New(errs.Invalid, "这个文件加了密码，或者是旧版格式。请去掉密码，另存为 %s 后再上传。", want)
	}
	zr, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "这个文件不是 " + want + "，或者已经损坏。请用 Word、Excel 或 WPS 打开后另存为 " + want + " 再上传。", Cause: err}
	}
	if len(zr.File) > MaxEntries {
		return nil, errs.New(errs.Invalid, "文件里的部件太多（%d 个，最多 %d 个），没有打开。", len(zr.File), MaxEntries)
	}
	p := &Package{Files: zr.File, byName: map[string]*zip.File{}}
	var total uint64
	type span struct{ from, to int64 }
	var spans []span
	for _, f := range zr.File {
		key := strings.ToLower(f.Name)
		if _, twice := p.byName[key]; twice || strings.Contains(f.Name, "..") || strings.Contains(f.Name, "\\") {
			return nil, errs.New(errs.Invalid, "文件的内部结构不正常，没有打开。请另存为新的 %s 后再上传。", want)
		}
		p.byName[key] = f
		if strings.HasSuffix(key, "vbaproject.bin") {
			return nil, errs.New(errs.Invalid, "文件里带有宏，不能上传。请另存为不带宏的 %s。", want)
		}
		if total += f.UncompressedSize64; f.UncompressedSize64 > MaxTotal || total > MaxTotal {
			return nil, errs.New(errs.Invalid, "文件展开后超过 %d MB，没有打开。请删去图片、空白行列后再上传。", MaxTotal>>20)
		}
		at, err := f.DataOffset()
		if err != nil {
			return nil, &errs.Error{Kind: errs.Invalid, Message: "文件已经损坏，请重新保存后再上传。", Cause: err}
		}
		spans = append(spans, span{at, at + int64(f.CompressedSize64)})
	}
	if total > freeRatio && total/MaxRatio > uint64(len(b)) {
		return nil, errs.New(errs.Invalid, "文件压缩得太紧（超过 %d 倍），没有打开。请删去多余的空白行列后再上传。", MaxRatio)
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	for i := 1; i < len(spans); i++ {
		if spans[i].from < spans[i-1].to {
			return nil, errs.New(errs.Invalid, "文件的内部结构不正常，没有打开。请另存为新的 %s 后再上传。", want)
		}
	}
	if types, err := p.Read("[Content_Types].xml", 1<<20); err == nil && bytes.Contains(types, []byte("macroEnabled")) {
		return nil, errs.New(errs.Invalid, "文件里带有宏，不能上传。请另存为不带宏的 %s。", want)
	}
	return p, nil
}

// ErrNoPart says that the package has no such part.
var ErrNoPart = errors.New("docx: no such part")

// Has reports whether the part exists.
func (p *Package) Has(name string) bool { return p.byName[strings.ToLower(name)] != nil }

// Read unfolds one part of at most limit bytes. It fails with ErrNoPart when there is none, else with errs.Invalid.
func (p *Package) Read(name string, limit int64) ([]byte, error) {
	f := p.byName[strings.ToLower(name)]
	if f == nil {
		return nil, ErrNoPart
	}
	rc, err := f.Open()
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "文件已经损坏，请重新保存后再上传。", Cause: err}
	}
	defer rc.Close()
	b, err := io.ReadAll(io.LimitReader(rc, limit+1)) // the declared size may be a lie
	if err != nil {
		return nil, &errs.Error{Kind: errs.Invalid, Message: "文件已经损坏，请重新保存后再上传。", Cause: err}
	}
	if int64(len(b)) > limit {
		return nil, errs.New(errs.Invalid, "文件的内容太多（超过 %d MB），请分成几个文件。", limit>>20)
	}
	return b, nil
}

// ReadXML unfolds one XML part and checks that it is harmless to hold as a tree: no DOCTYPE, so no entity of the
// file's own, and neither depth nor attributes beyond reason. Source: reliability 51.
func (p *Package) ReadXML(name string) ([]byte, error) {
	b, err := p.Read(name, MaxXML)
	if err != nil {
		return nil, err
	}
	d := xml.NewDecoder(bytes.NewReader(b))
	depth := 0
	for {
		tok, err := d.RawToken()
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return nil, &errs.Error{Kind: errs.Invalid, Message: "文件内容已经损坏，请重新保存后再上传。", Cause: err}
		}
		switch tok := tok.(type) {
		case xml.Directive:
			return nil, errs.New(errs.Invalid, "文件里有不允许的定义（DOCTYPE），没有打开。请另存为新文件后再上传。")
		case xml.StartElement:
			if depth++; depth > maxDepth || len(tok.Attr) > maxAttr {
				return nil, errs.New(errs.Invalid, "文件的内部结构太深，没有打开。请另存为新文件后再上传。")
			}
		case xml.EndElement:
			depth--
		}
	}
}
