/* All that the service keeps between two calls. */
#include "server/service/service.h"

#include <errno.h>
#include <stdlib.h>

int service_open(struct service *service, const char *directory)
{
	int r = root_open(&service->root, directory);

	if (r < 0)
		return r;
	service->registers = malloc(sizeof(*service->registers));
	if (!service->registers) {
		root_close(&service->root);
		return -ENOMEM;
	}
	registers_init(service->registers);
	return 0;
}

void service_close(struct service *service)
{
	registers_release(service->registers);
	free(service->registers);
	service->registers = NULL;
	root_close(&service->root);
}
