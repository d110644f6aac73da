/* A program whose server is a part that is loaded when it runs, and brings libtirpc along. */
#include <dlfcn.h>
#include <stdio.h>

int main(int argc, char **argv)
{
	void *part = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
	int (*serve)(int, char **) = NULL;

	if (part)
		*(void **)&serve = dlsym(part, "main");
	if (!serve) {
		fprintf(stderr, "%s\n", dlerror());
		return 1;
	}
	return serve(argc - 1, argv + 1);
}
