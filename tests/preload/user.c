/* A program that is no server of libtirpc's: with the library beside it, or by itself. */
#include <stdio.h>

#ifdef OTHER
int svc_reg(void *transport, unsigned int program);
void svc_unreg(unsigned int program);
#endif

int main(void)
{
#ifdef OTHER
	if (!svc_reg(NULL, 17))
		return 1;
	svc_unreg(17);
#endif
	puts("done");
	return 5;
}
