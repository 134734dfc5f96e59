package evidence

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image/jpeg"
	"image/png"
)

// maxPixels bounds a picture: what a reader's browser must hold in memory.
const maxPixels = 100_000_000

var errPicture = errors.New("evidence: not a whole picture")

// cleanJPEG drops everything but the picture: where and when it was taken, with which device, previews, comments, and what
// hangs behind its end. The pixels are not touched, so nothing is lost; of the EXIF only the orientation stays.
func cleanJPEG(b []byte) ([]byte, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if c.Width*c.Height > maxPixels {
		return nil, errPicture
	}
	out := append(make([]byte, 0, len(b)), 0xff, 0xd8)
	orientation := byte(0)
	var segments []byte
	for i := 2; ; {
		for i < len(b) && b[i] == 0xff && i+1 < len(b) && b[i+1] == 0xff { // fill bytes
			i++
		}
		if i+4 > len(b) || b[i] != 0xff {
			return nil, errPicture
		}
		m := b[i+1]
		if m == 0xd9 { // the end, before any picture
			return nil, errPicture
		}
		n := int(binary.BigEndian.Uint16(b[i+2:]))
		if n < 2 || i+2+n > len(b) {
			return nil, errPicture
		}
		seg := b[i : i+2+n]
		i += 2 + n
		switch {
		case m == 0xe1:
			if o := exifOrientation(seg[4:]); o != 0 {
				orientation = o
			}
		case m == 0xe0, m == 0xee, m == 0xe2 && bytes.HasPrefix(seg[4:], []byte("ICC_PROFILE\x00")): // JFIF, Adobe's colours, colour profile
			segments = append(segments, seg...)
		case m >= 0xe0 && m <= 0xef, m == 0xfe: // every other application's data, comments
		case m == 0xda: // the scan: its data end at the next marker
			segments = append(segments, seg...)
			j := i
			for j+1 < len(b) && (b[j] != 0xff || b[j+1] == 0 || b[j+1] >= 0xd0 && b[j+1] <= 0xd7) {
				j++
			}
			if j+1 >= len(b) {
				return nil, errPicture
			}
			segments = append(segments, b[i:j]...)
			i = j
			for i+1 < len(b) && b[i] == 0xff && b[i+1] == 0xff {
				i++
			}
			if i+1 < len(b) && b[i+1] == 0xd9 {
				if orientation > 1 {
					out = append(out, orientationSegment(orientation)...)
				}
				return append(append(out, segments...), 0xff, 0xd9), nil
			}
		default:
			segments = append(segments, seg...)
		}
	}
}

// exifOrientation returns how a camera was held, 1 to 8; 0 if the segment does not say.
func exifOrientation(b []byte) byte {
	b, ok := bytes.CutPrefix(b, []byte("Exif\x00\x00"))
	if !ok || len(b) < 8 {
		return 0
	}
	var o binary.ByteOrder = binary.BigEndian
	if b[0] == 'I' {
		o = binary.LittleEndian
	}
	at := int64(o.Uint32(b[4:]))
	if at < 8 || at+2 > int64(len(b)) {
		return 0
	}
	n := int64(o.Uint16(b[at:]))
	for i := range n {
		e := at + 2 + i*12
		if e+12 > int64(len(b)) {
			return 0
		}
		if o.Uint16(b[e:]) == 0x0112 {
			if v := o.Uint16(b[e+8:]); v >= 1 && v <= 8 {
				return byte(v)
			}
			return 0
		}
	}
	return 0
}

// orientationSegment is an EXIF that says nothing but how the camera was held.
func orientationSegment(o byte) []byte {
	return []byte{0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M', 'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, o, 0, 0, 0, 0, 0, 0}
}

// cleanPNG drops a picture's texts, times and EXIF, and what hangs behind its end.
func cleanPNG(b []byte) ([]byte, error) {
	c, err := png.DecodeConfig(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	if c.Width*c.Height > maxPixels {
		return nil, errPicture
	}
	out := append(make([]byte, 0, len(b)), b[:8]...)
	for i := 8; i+12 <= len(b); {
		n := int64(binary.BigEndian.Uint32(b[i:]))
		if int64(i)+12+n > int64(len(b)) {
			return nil, errPicture
		}
		chunk := b[i : i+12+int(n)]
		i += len(chunk)
		switch name := string(chunk[4:8]); name {
		case "eXIf", "tEXt", "zTXt", "iTXt", "tIME":
		default:
			out = append(out, chunk...)
			if name == "IEND" {
				return out, nil
			}
		}
	}
	return nil, errPicture
}
