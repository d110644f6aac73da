// gRPC: its synchronous interface for C++, with what it does when nobody says otherwise.
#include <iostream>
#include <memory>

#include <grpcpp/grpcpp.h>

#include "service.grpc.pb.h"

#include "bench/others/way.h"
extern "C" {
#include "server/service/calc.h"
#include "server/service/fileinfo.h"
}

namespace
{

constexpr uint32_t page_bytes = 256u << 10;

void set_time(const fileinfo_time &from, sidecall::Time *to)
{
	to->set_seconds(from.seconds);
	to->set_nanoseconds(from.nanoseconds);
}

void set_attributes(const fileinfo_attributes &from, sidecall::Attributes *to)
{
	to->set_type(from.type);
	to->set_mode(from.mode);
	to->set_links(from.links);
	to->set_uid(from.uid);
	to->set_gid(from.gid);
	to->set_size(from.size);
	to->set_allocated(from.allocated);
	to->set_device(from.device);
	to->set_inode(from.inode);
	set_time(from.accessed, to->mutable_accessed());
	set_time(from.modified, to->mutable_modified());
	set_time(from.changed, to->mutable_changed());
}

void set_entry(const fileinfo_entry &from, sidecall::Entry *to)
{
	to->set_name(from.name);
	to->set_cookie(from.cookie);
	to->set_status(from.stat.status);
	if (from.stat.status == FILEINFO_OK)
		set_attributes(from.stat.fileinfo_stat_result_u.attributes,
			       to->mutable_attributes());
}

class Service final : public sidecall::Sidecall::Service
{
      public:
	explicit Service(const struct root *root) : root(root)
	{
	}

	grpc::Status Divide(grpc::ServerContext *, const sidecall::Operands *operands,
			    sidecall::Result *result) override
	{
		calc_operands of_ours = { operands->dividend(), operands->divisor() };
		calc_result ours;

		calc_divide(&of_ours, &ours);
		result->set_status(ours.status);
		if (ours.status == CALC_OK)
			result->set_value(ours.calc_result_u.value);
		return grpc::Status::OK;
	}

	grpc::Status List(grpc::ServerContext *, const sidecall::ListArguments *arguments,
			  sidecall::Page *page) override
	{
		std::string directory = arguments->directory();
		fileinfo_list_args of_ours = { directory.data(), arguments->cookie(),
					       arguments->max_bytes() };
		fileinfo_list_result ours;

		root_list(root, &of_ours, &ours);
		page->set_status(ours.status);
		if (ours.status == FILEINFO_OK) {
			const fileinfo_page &from = ours.fileinfo_list_result_u.page;

			for (u_int i = 0; i < from.entries.entries_len; i++)
				set_entry(from.entries.entries_val[i], page->add_entries());
			page->set_end(from.end);
		}
		fileinfo_list_release(&ours);
		return grpc::Status::OK;
	}

      private:
	const struct root *root;
};

int serve(const char *directory)
{
	struct root root;
	int port = 0;

	if (root_open(&root, directory) < 0)
		return 1;
	Service service(&root);
	grpc::ServerBuilder builder;
	builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
	builder.RegisterService(&service);
	std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
	if (!server)
		return 1;
	std::cout << "127.0.0.1:" << port << std::endl;
	server->Wait();
	return 0;
}

std::unique_ptr<sidecall::Sidecall::Stub> stub;

bool open_channel(const char *address)
{
	stub = sidecall::Sidecall::NewStub(
		grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
	return true;
}

bool is_right(const grpc::Status &status)
{
	if (!status.ok())
		std::cerr << status.error_message() << std::endl;
	return status.ok();
}

bool divide(int64_t dividend, int64_t divisor, int64_t *quotient)
{
	grpc::ClientContext context;
	sidecall::Operands operands;
	sidecall::Result result;

	operands.set_dividend(dividend);
	operands.set_divisor(divisor);
	if (!is_right(stub->Divide(&context, operands, &result)) || result.status() != CALC_OK)
		return false;
	*quotient = result.value();
	return true;
}

bool list(uint64_t *sum)
{
	grpc::ClientContext context;
	sidecall::ListArguments arguments;
	sidecall::Page page;

	arguments.set_directory(".");
	arguments.set_max_bytes(page_bytes);
	if (!is_right(stub->List(&context, arguments, &page)) || page.status() != FILEINFO_OK)
		return false;
	*sum = 0;
	for (const sidecall::Entry &entry : page.entries())
		*sum += entry.name().size() + entry.attributes().size();
	return page.end();
}

} // namespace

const struct way way = { serve, open_channel, divide, list };
