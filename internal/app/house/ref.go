package house

import "duban/internal/base/ref"

func refOf(kind string, id int64) ref.Ref { return ref.Ref{Kind: kind, ID: id} }
