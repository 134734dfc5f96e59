package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"duban/internal/base/errs"
	"duban/internal/base/period"
	"duban/internal/spine/ledger"
)

// checkpointCmd writes what a second office keeps (另一处保管): only that shows that the whole ledger was not rebuilt.
type checkpointCmd struct {
	dbFlag
	Out string `required:"" placeholder:"文件" help:"写到哪个文件，不能已经存在。"`
}

// keyLine begins the line of a custody file that holds the public key.
const keyLine = "公钥："

func (k *checkpointCmd) Run(ctx context.Context, c Config, o *out) error {
	h, err := k.existing(ctx, c, o)
	if err != nil {
		return err
	}
	defer h.Close()
	key, err := h.Ledger.PublicKey(ctx)
	if err != nil {
		return err
	}
	regions, err := h.Org.Regions(ctx)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "督办台账签封　%s\n%s%s\n公钥指纹：%s\n", h.Clock.Now().In(period.Beijing).Format("2006-01-02 15:04"), keyLine, key, ledger.Fingerprint(key))
	n := 0
	for _, r := range regions {
		c, err := h.Ledger.Checkpoint(ctx, r.ID)
		if errs.KindOf(err) == errs.NotFound && err != nil {
			continue
		}
		if err != nil {
			return err
		}
		n++
		fmt.Fprintf(&b, "\n%s　共 %d 条　台账短码 %s\n\n%s", r.Name, c.Size, c.Code(), c.Note)
	}
	if n == 0 {
		return errors.New("台账里还没有记录，没有可以签封的")
	}
	f, err := os.OpenFile(k.Out, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s 已经存在，旧的签封不能覆盖。请换一个文件名", k.Out)
	}
	if err != nil {
		return fmt.Errorf("写不了签封文件：%w", err)
	}
	_, err = f.Write(b.Bytes())
	if e := f.Close(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("写不了签封文件：%w", err)
	}
	fmt.Fprintf(o.stdout, "%d 份签封和公钥已写到 %s。请交给另一个单位保管；以后用 duban verify --outside %s 核对。\n公钥指纹：%s\n", n, k.Out, k.Out, ledger.Fingerprint(key))
	return nil
}

// readOutside reads the checkpoints that a second office kept, from files and from all files of folders. Keys are those given, as text or as files, else
// those that stand in these files: they were kept outside too.
func readOutside(paths, keys []string) (out ledger.Outside, err error) {
	add := func(k string) {
		if k = strings.TrimSpace(k); k != "" && !slices.Contains(out.Keys, k) {
			out.Keys = append(out.Keys, k)
		}
	}
	for _, p := range paths {
		notes := len(out.Notes)
		err := filepath.WalkDir(p, func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			list, k := notesIn(string(b))
			out.Notes = append(out.Notes, list...)
			if len(keys) == 0 {
				add(k)
			}
			return nil
		})
		if err != nil {
			return out, fmt.Errorf("读不了外面保存的签封：%w", err)
		}
		if len(out.Notes) == notes {
			return out, fmt.Errorf("%s 里没有签封。签封以“duban/数字”一行开头，以“— duban”一行结尾，请原样保存", p)
		}
	}
	for _, key := range keys {
		if b, err := os.ReadFile(key); err == nil {
			key = string(b)
			if _, k := notesIn(key); k != "" {
				key = k
			}
		}
		if key = strings.TrimSpace(key); !ledger.IsPublicKey(key) {
			return out, fmt.Errorf("--pubkey 写的不是公钥，也不是存着公钥的文件：%.40s。公钥是一整行，以 duban+ 开头", key)
		}
		add(key)
	}
	return out, nil
}

// notesIn finds the signed notes and the public key in a text, whatever stands around them.
func notesIn(text string) (notes []string, key string) {
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		if k, ok := strings.CutPrefix(strings.TrimSpace(lines[i]), keyLine); ok {
			key = strings.TrimSpace(k)
		}
		// Origin, size, root, instant, an empty line, the signature.
		if strings.HasPrefix(lines[i], "duban/") && i+5 < len(lines) && lines[i+4] == "" && strings.HasPrefix(lines[i+5], "— ") {
			notes = append(notes, strings.Join(lines[i:i+6], "\n")+"\n")
			i += 5
		}
	}
	return notes, key
}
