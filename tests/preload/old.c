/* A program of before 2018, which uses the RPC functions that the C library had. */
#include <stdio.h>

#ifdef __x86_64__
int register_of_old(void *transport, unsigned long program, unsigned long version,
		    void (*dispatch)(void), int protocol);
void *create_of_old(int fd);
__asm__(".symver register_of_old, svc_register@GLIBC_2.2.5");
__asm__(".symver create_of_old, svcudp_create@GLIBC_2.2.5");

static void dispatch(void)
{
}

int main(void)
{
	printf("registered %d\n", register_of_old(create_of_old(-1), 0x20000f0e, 1, dispatch, 0));
	return 5;
}
#else
int main(void)
{
	puts("registered 1");
	return 5;
}
#endif
