/* A library of another kind, which has functions of the same names. */
#include <stdio.h>

int svc_reg(void *transport, unsigned int program);
void svc_unreg(unsigned int program);

int svc_reg(void *transport, unsigned int program)
{
	(void)transport;
	printf("registered %u\n", program);
	return 1;
}

void svc_unreg(unsigned int program)
{
	printf("removed %u\n", program);
}
