/* What XDR streams of ours have in common: the two marks that tell them. */
#include "xdr/stream.h"

void xdr_destroy_reader(XDR *stream)
{
	(void)stream;
}

void xdr_destroy_writer(XDR *stream)
{
	(void)stream;
}
