-- ---- what follows is the same for every contract ----

if _G[protocol_name .. "_is_loaded"] then return end -- from two places
_G[protocol_name .. "_is_loaded"] = true

local sidecall = Proto(protocol_name, protocol_title)
if raw_ports then
	sidecall.prefs.ports = Pref.string("Ports of raw messages", raw_ports, "As in 7117,8000-8010")
end

-- Types name each other by their numbers.
for _, type in ipairs(types) do
	type.item = types[type.item]
	type.by = types[type.by]
	for _, member in ipairs(type.members or {}) do member[2] = types[member[2]] end
	for _, arm in pairs(type.arms or {}) do
		if arm then arm[2] = types[arm[2]] end
	end
	if type.otherwise then type.otherwise[2] = types[type.otherwise[2]] end
end
local authsys = types[authsys_number]

local operations = {}
for _, program in pairs(programs) do
	for _, version in pairs(program.versions) do
		for _, procedure in pairs(version) do
			procedure[2], procedure[3] = types[procedure[2]], types[procedure[3]]
			-- Of several versions the highest counts.
			local known = procedure.raw and operations[procedure.raw]
			if procedure.raw and (not known or known.version < procedure.version) then
				operations[procedure.raw] = procedure
			end
		end
	end
end

-- ---- fields: one for each member of each type, and for each part of a header ----

local fields = {}
local constructors = {
	int = ProtoField.int32, hyper = ProtoField.int64, unsigned_hyper = ProtoField.uint64,
	unsigned = ProtoField.uint32, float = ProtoField.float, double = ProtoField.double,
	string = ProtoField.string, opaque = ProtoField.bytes, bytes = ProtoField.bytes,
	quadruple = ProtoField.bytes, bool = ProtoField.uint32, enum = ProtoField.uint32,
	optional = ProtoField.uint32, frame = ProtoField.framenum,
}

-- Wireshark knows no numbers beyond 31 bits by name.
local function known_names(names)
	local known = {}
	for value, name in pairs(names) do
		if value < 0x80000000 then known[value] = name end
	end
	return known
end

local function field(key, kind, names)
	if not fields[key] then
		local make, abbreviation = constructors[kind], protocol_name .. "." .. key:gsub("[^%w_.]", "_")
		if kind == "enum" then
			fields[key] = make(abbreviation, key, base.DEC, known_names(names))
		else
			fields[key] = make(abbreviation, key)
		end
	end
	return fields[key]
end

local message_types = { [0] = "call", "reply" }
local reply_statuses = { [0] = "accepted", "denied" }
local accept_statuses = { [0] = "SUCCESS", "PROG_UNAVAIL", "PROG_MISMATCH", "PROC_UNAVAIL",
	"GARBAGE_ARGS", "SYSTEM_ERR" }
local reject_statuses = { [0] = "RPC_MISMATCH", "AUTH_ERROR" }
local flavors = { [0] = "AUTH_NONE", "AUTH_SYS", "AUTH_SHORT", "AUTH_DH", [6] = "RPCSEC_GSS" }
local auth_statuses = { [0] = "AUTH_OK", "AUTH_BADCRED", "AUTH_REJECTEDCRED", "AUTH_BADVERF",
	"AUTH_REJECTEDVERF", "AUTH_TOOWEAK", "AUTH_INVALIDRESP", "AUTH_FAILED",
	[13] = "RPCSEC_GSS_CREDPROBLEM", [14] = "RPCSEC_GSS_CTXPROBLEM" }
local raw_statuses = { [0] = "OK", "BAD_VERSION", "BAD_OPERATION", "BAD_REQUEST", "TOO_LARGE",
	"SERVER_ERROR", "BUSY", "DENIED" }

for _, name in ipairs({ "record mark", "length", "xid", "id", "message type", "RPC version",
	"program", "version", "procedure number", "operation", "credential flavor",
	"credential length", "verifier flavor", "verifier length", "reply status", "accept status",
	"reject status", "authentication status", "lowest version", "highest version",
	"status of the call", "length of", "count of" }) do
	field(name, "unsigned")
end
field("procedure", "string")
field("protocol", "string")
field("call in", "frame")
for _, name in ipairs({ "credential body", "verifier body", "padding", "not understood" }) do
	field(name, "opaque")
end

-- A type of the contract that is called as a part of a header has "_type" behind.
local of_headers = {}
for key in pairs(fields) do of_headers[key:gsub("[^%w_.]", "_")] = true end
local function key_of(name) return of_headers[name] and name .. "_type" or name end

-- Gives each type its key: the type's own name, or that of what it is a part of.
local declared = {}

local function declare(type, key)
	if type.name and not declared[type] then type.key = key_of(type.name) end
	key = type.key or key
	if declared[type] then return end
	declared[type] = true
	type.key = key
	if type.kind == "struct" then
		for _, member in ipairs(type.members) do declare(member[2], key .. "." .. member[1]) end
	elseif type.kind == "union" then
		declare(type.by, key .. "." .. type.by_name)
		field(key .. "." .. type.by_name, type.by.kind, type.by.names)
		for _, arm in pairs(type.arms) do
			if arm then declare(arm[2], key .. "." .. arm[1]) end
		end
		if type.otherwise then declare(type.otherwise[2], key .. "." .. type.otherwise[1]) end
	elseif type.item then
		declare(type.item, key)
	end
end

-- And each place at which a value without parts may stand its field.
local function declare_places(type, key, seen)
	if type.kind == "struct" or type.kind == "union" then key = type.key end
	if seen[type] and (type.kind == "struct" or type.kind == "union") then return end
	seen[type] = true
	if type.kind == "struct" then
		for _, member in ipairs(type.members) do
			declare_places(member[2], key .. "." .. member[1], seen)
		end
	elseif type.kind == "union" then
		for _, arm in pairs(type.arms) do
			if arm then declare_places(arm[2], key .. "." .. arm[1], seen) end
		end
		if type.otherwise then
			declare_places(type.otherwise[2], key .. "." .. type.otherwise[1], seen)
		end
	elseif type.item then
		if type.kind == "optional" or type.kind == "list" then
			field(key .. ".there", "optional")
		end
		declare_places(type.item, key, seen)
	elseif type.kind ~= "void" then
		field(key, type.kind, type.names)
	end
end

local seen = {}
local function declare_whole(type, what)
	declare(type, what)
	declare_places(type, type.name and key_of(type.name) or what, seen)
end

for _, program in pairs(programs) do
	for _, version in pairs(program.versions) do
		for _, procedure in pairs(version) do
			declare_whole(procedure[2], procedure[1] .. ".arguments")
			declare_whole(procedure[3], procedure[1] .. ".result")
		end
	end
end
declare_whole(authsys, "authsys_parms")
for _, f in pairs(fields) do table.insert(sidecall.fields, f) end

-- ---- the walk along a message ----

-- A cursor: where in which bytes, in which encoding, and under which tree item.
local function cursor(range, xdr, tree)
	return { range = range, at = 0, size = range:len(), xdr = xdr, tree = tree, lost = false }
end

local function left(c) return c.size - c.at end

-- Adds the next bytes under a name, with the same words as --trace has.
local function pass(c, length, key, name, value)
	local words = value and value ~= "" and (name .. ": " .. value) or name
	if length > 0 then
		c.tree:add(fields[key], c.range:range(c.at, length)):set_text(words)
	end
	c.at = c.at + length
end

local function lose(c, why)
	if c.lost then return end
	pass(c, left(c), "not understood", "not understood", why)
	c.lost = true
end

local function there(c, length, name)
	if c.lost then return false end
	if length > left(c) then
		lose(c, string.format("%s takes %d bytes, and %d are left", name, length, left(c)))
	end
	return not c.lost
end

local function number(c, size, key, name, names, unknown)
	if not there(c, size, name) then return nil end
	local value = c.range:range(c.at, size):uint()
	local words = string.format("%.0f", value)
	if names then words = words .. " " .. (names[value] or unknown or "(unknown)") end
	pass(c, size, key, name, words)
	return value
end

local function padding(c, length)
	local size = c.xdr and (-length) % 4 or 0
	if size > 0 and there(c, size, "padding") then pass(c, size, "padding", "padding") end
end

-- The length or count in front of something; nil when it is beyond its bound, or what is left.
local function counted(c, what, size, bound, name)
	local value = number(c, size, what, what .. " " .. name)
	if not value then return nil end
	if value > bound or value > left(c) then
		lose(c, string.format("%s %s is beyond its bound, or what is left", what, name))
		return nil
	end
	return value
end

local function quote(bytes)
	local words = {}
	for i = 0, bytes:len() - 1 do
		local b = bytes:get_index(i)
		if b == 10 then words[#words + 1] = "\\n"
		elseif b == 9 then words[#words + 1] = "\\t"
		elseif b == 34 or b == 92 then words[#words + 1] = "\\" .. string.char(b)
		elseif b < 32 or b > 126 then words[#words + 1] = string.format("\\%03o", b)
		else words[#words + 1] = string.char(b) end
	end
	return '"' .. table.concat(words) .. '"'
end

-- What has no figures, or nil.
local function endless(value)
	if value ~= value then return "NaN" end
	if value == math.huge then return "Infinity" end
	if value == -math.huge then return "-Infinity" end
end

-- The fewest figures that give the same number again.
local function shortest(value)
	local least = math.abs(value) < 2 ^ -1022 and 1 or 15
	for figures = least, 17 do
		local words = string.format("%." .. figures .. "g", value)
		if tonumber(words) == value or figures == 17 then return endless(value) or words end
	end
end

-- The same of a float: what is nearer to it than to its neighbours.
local function shortest_float(value)
	local _, exponent = math.frexp(value)
	local distance = 2 ^ math.max(exponent - 24, -149)
	local least = math.abs(value) < 2 ^ -126 and 1 or 6
	for figures = least, 9 do
		local words = string.format("%." .. figures .. "g", value)
		local off = math.abs(tonumber(words) - value)
		-- In the middle the even one of two neighbours is meant.
		if figures == 9 or off < distance / 2 or
			(off == distance / 2 and value / distance % 2 == 0) then
			return words
		end
	end
end

local most_depth = 1000 -- values within each other

local walk -- of a type

local function ends_in(name, ending) return name:sub(-#ending) == ending end

local function whole(c, size, key, name, words)
	if there(c, size, name) then pass(c, size, key, name, words(c.range:range(c.at, size))) end
end

-- A flag in front of optional data, or of a list's next item.  Whether it is there.
local function flag(c, key, name)
	local value = number(c, c.xdr and 4 or 1, key .. ".there", name, { [0] = "FALSE", "TRUE" },
			"(neither TRUE nor FALSE)")
	return value and value ~= 0
end

local function data(c, length, key, name, words)
	if not there(c, length, name) then return end
	if length > 0 then pass(c, length, key, name, words(c.range:range(c.at, length):bytes())) end
	padding(c, length)
end

local function hex(bytes) return tostring(bytes):lower() end

local function members(c, type, name, count)
	for i = 1, count do
		if c.lost then return end
		local member = type.members[i]
		local part = type.several and name .. "[" .. (i - 1) .. "]" or
			(name == "" and "" or name .. ".") .. member[1]
		walk(c, member[2], type.key .. "." .. member[1], part)
	end
end

local walkers = {
	void = function() end,
	unsigned = function(c, _, key, name)
		whole(c, 4, key, name, function(range)
			local value = range:uint()
			if ends_in(name, "prog") and programs[value] then
				return string.format("0x%x %s", value, programs[value].name)
			end
			return string.format(ends_in(name, "mode") and "%04o" or "%.0f", value)
		end)
	end,
	int = function(c, _, key, name)
		whole(c, 4, key, name, function(range) return string.format("%d", range:int()) end)
	end,
	hyper = function(c, _, key, name)
		whole(c, 8, key, name, function(range)
			local value = tostring(range:int64())
			if ends_in(name, "seconds") then
				local ok, date = pcall(os.date, "!%Y-%m-%d %H:%M:%S UTC", tonumber(value))
				if ok then value = value .. " (" .. date .. ")" end
			end
			return value
		end)
	end,
	unsigned_hyper = function(c, _, key, name)
		whole(c, 8, key, name, function(range) return tostring(range:uint64()) end)
	end,
	float = function(c, _, key, name)
		whole(c, 4, key, name, function(range)
			local value = range:float()
			return endless(value) or shortest_float(value)
		end)
	end,
	double = function(c, _, key, name)
		whole(c, 8, key, name, function(range) return shortest(range:float()) end)
	end,
	bool = function(c, _, key, name)
		number(c, c.xdr and 4 or 1, key, name, { [0] = "FALSE", "TRUE" },
			"(neither TRUE nor FALSE)")
	end,
	enum = function(c, type, key, name)
		number(c, c.xdr and 4 or type.raw_size, key, name, type.names, "(not in the contract)")
	end,
	string = function(c, type, key, name)
		local length = counted(c, "length of", c.xdr and 4 or 2, type.bound, name)
		if length then data(c, length, key, name, quote) end
	end,
	bytes = function(c, type, key, name)
		local length = counted(c, "length of", c.xdr and 4 or 2, type.bound, name)
		if length then data(c, length, key, name, hex) end
	end,
	opaque = function(c, type, key, name) data(c, type.bound, key, name, hex) end,
	quadruple = function(c, _, key, name) data(c, 16, key, name, hex) end,
	optional = function(c, type, key, name)
		if flag(c, key, name) and not c.lost then walk(c, type.item, key, name) end
	end,
	struct = function(c, type, _, name) members(c, type, name, #type.members) end,
}

local function items(c, type, key, name, count)
	for i = 0, count - 1 do
		local before = c.at
		if c.lost then return end
		walk(c, type.item, key, name .. "[" .. i .. "]")
		if c.at == before then return lose(c, "items without bytes") end
	end
end

walkers.vector = function(c, type, key, name) items(c, type, key, name, type.bound) end

walkers.array = function(c, type, key, name)
	items(c, type, key, name, counted(c, "count of", 4, type.bound, name) or 0)
end

-- A list's items, each without its last member, are no deeper than one of them.
walkers.list = function(c, type, key, name)
	local i = 0
	while flag(c, key, name .. "[" .. i .. "]") and not c.lost do
		members(c, type.item, name .. "[" .. i .. "]", #type.item.members - 1)
		i = i + 1
	end
end

-- What the discriminant says, as text: numbers of 64 bits, too.
local function discriminant(c, type)
	local kind, size = type.by.kind, c.xdr and 4 or type.by.raw_size or 4
	if kind == "bool" and not c.xdr then size = 1 end
	if kind == "hyper" or kind == "unsigned_hyper" then size = 8 end
	if left(c) < size then return nil end
	local range = c.range:range(c.at, size)
	if kind == "hyper" then return tostring(range:int64()) end
	if kind == "unsigned_hyper" then return tostring(range:uint64()) end
	if kind == "unsigned" or size < 4 then return string.format("%.0f", range:uint()) end
	return string.format("%d", range:int())
end

walkers.union = function(c, type, _, name)
	local prefix = name == "" and "" or name .. "."
	local value = discriminant(c, type)
	walk(c, type.by, type.key .. "." .. type.by_name, prefix .. type.by_name)
	if c.lost then return end
	local arm = type.arms[value]
	if arm == nil then arm = type.otherwise end
	if arm == nil then return lose(c, prefix .. type.by_name .. " has no arm for this") end
	if arm then walk(c, arm[2], type.key .. "." .. arm[1], prefix .. arm[1]) end
end

walk = function(c, type, key, name)
	c.depth = (c.depth or 0) + 1
	if c.depth > most_depth then
		lose(c, "nested too deeply")
	else
		walkers[type.kind](c, type, key, name)
	end
	c.depth = c.depth - 1
end

-- Arguments or a result; what a procedure takes or returns without a struct goes by its type's name.
local function payload(c, procedure, index, what)
	if c.lost then return end
	if not procedure then
		if left(c) > 0 then lose(c, what) end
		return
	end
	local type = procedure[index]
	local plain = type.kind == "struct" or type.kind == "union"
	local unnamed = index == 2 and "argument" or "result"
	walk(c, type, type.key, type.several and "arguments" or plain and "" or type.name or unnamed)
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- rpc (RFC 5531) ----

local function auth(c, name)
	local flavor = number(c, 4, name .. " flavor", name .. " flavor", flavors)
	local length = flavor and number(c, 4, name .. " length", name .. " length")
	if not length then return end
	if length > 400 or length > left(c) then
		return lose(c, name .. " length is beyond its bound, or what is left")
	end
	if length == 0 then return end
	local body = cursor(c.range:range(c.at, length), true, c.tree)
	if flavor == 1 then
		walk(body, authsys, authsys.key, name)
	else
		pass(body, length, name .. " body", name .. " body",
			tostring(body.range:bytes()):lower())
	end
	if left(body) > 0 then lose(body, left(body) .. " bytes left over") end
	c.at = c.at + length
	padding(c, length)
end

local function versions(c)
	number(c, 4, "lowest version", "lowest version")
	number(c, 4, "highest version", "highest version")
end

-- The procedure that four numbers name, from `at` on: program, version, procedure.
local function find_procedure(range, at)
	local program = programs[range:range(at, 4):uint()]
	local version = program and program.versions[range:range(at + 4, 4):uint()]
	return version and version[range:range(at + 8, 4):uint()], program
end

local function rpc_call(c)
	if number(c, 4, "RPC version", "RPC version") ~= 2 then
		return lose(c, "RFC 5531 defines version 2 only")
	end
	if not there(c, 12, "what is called") then return end
	local procedure, program = find_procedure(c.range, c.at)
	pass(c, 4, "program", "program", string.format("0x%x %s", c.range:range(c.at, 4):uint(),
		program and program.name or "(not in the contract)"))
	number(c, 4, "version", "version")
	pass(c, 4, "procedure number", "procedure", string.format("%.0f %s",
		c.range:range(c.at, 4):uint(), procedure and procedure[1] or "(not in the contract)"))
	auth(c, "credential")
	auth(c, "verifier")
	payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
end

local function rpc_reply(c, procedure)
	local status = number(c, 4, "reply status", "reply status", reply_statuses)
	if status == 0 then
		auth(c, "verifier")
		status = number(c, 4, "accept status", "accept status", accept_statuses)
		if status == 2 then versions(c) end
		if status == 0 then payload(c, procedure, 3, "a result; its call was not seen") end
	elseif status == 1 then
		status = number(c, 4, "reject status", "reject status", reject_statuses)
		if status == 0 then versions(c) end
		if status == 1 then
			number(c, 4, "authentication status", "authentication status", auth_statuses)
		end
	end
end

local function explain_rpc(range, tree, procedure)
	local c = cursor(range, true, tree)
	if there(c, 8, "xid and message type") then
		pass(c, 4, "xid", "xid", string.format("0x%08x", range:range(0, 4):uint()))
		local type = number(c, 4, "message type", "message type", message_types)
		if type == 0 then rpc_call(c) elseif type == 1 then rpc_reply(c, procedure) end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- raw (docs/protocol.md) ----

local raw_reply = 0x8000 -- in a reply's operation, which stands where a call has its version

local function explain_raw(range, tree)
	local c = cursor(range, false, tree)
	local procedure, status
	if not there(c, 8, "the header") then return end
	local is_call = range:range(4, 2):uint() < raw_reply
	pass(c, 4, "id", "id", string.format("0x%08x", range:range(0, 4):uint()))
	if is_call then number(c, 2, "version", "version") end
	local operation = range:range(c.at, 2):uint() - (is_call and 0 or raw_reply)
	procedure = operations[operation]
	pass(c, 2, "operation", "operation", (is_call and "" or "reply to ") ..
		operation .. " " .. (procedure and procedure[1] or "(not in the contract)"))
	if is_call then
		payload(c, procedure, 2, "arguments of a procedure that the contract does not have")
	else
		status = number(c, 2, "status of the call", "status of the call", raw_statuses)
		if status == 0 then
			payload(c, procedure, 3, "the result of a procedure that the contract does not have")
		end
	end
	if left(c) > 0 then lose(c, left(c) .. " bytes left over") end
end

-- ---- which bytes are messages, found once, in the order of the packets ----

local get = {}
for _, name in ipairs({ "tcp.payload", "udp.payload", "tcp.stream", "udp.stream", "tcp.srcport",
	"tcp.dstport", "udp.srcport", "udp.dstport", "tcp.seq" }) do
	get[name] = Field.new(name)
end

local streams -- [stream and direction] = bytes not yet cut, protocol, next sequence number
local calls   -- [stream and xid] = the procedure that was called, and the packet's number
local known   -- [stream] = true: it has calls of ours
local found   -- [packet number] = its messages

function sidecall.init()
	streams, calls, known, found = {}, {}, {}, {}
end

local function is_raw_port(port)
	if not raw_ports then return false end
	for low, high in sidecall.prefs.ports:gmatch("(%d+)%-?(%d*)") do
		if port >= tonumber(low) and port <= (tonumber(high) or tonumber(low)) then return true end
	end
	return false
end

local function u32(bytes, at)
	return ((bytes:get_index(at) * 256 + bytes:get_index(at + 1)) * 256 +
		bytes:get_index(at + 2)) * 256 + bytes:get_index(at + 3)
end

local function u16(bytes, at) return bytes:get_index(at) * 256 + bytes:get_index(at + 1) end

-- What an rpc message is: a call of one of our programs, or the reply to such; else nil.
local function recognise_rpc(bytes, conversation, packet)
	if bytes:len() < 12 then return nil end
	local key = conversation .. " " .. u32(bytes, 0)
	if u32(bytes, 4) == 1 then
		local call = calls[key]
		if not call and not known[conversation] then return nil end
		return { rpc = true, call = false, procedure = call and call.procedure,
			answers = call and call.packet }
	end
	if u32(bytes, 4) ~= 0 or bytes:len() < 24 or u32(bytes, 8) ~= 2 then return nil end
	local program = programs[u32(bytes, 12)]
	if not program then return nil end
	local version = program.versions[u32(bytes, 16)]
	local procedure = version and version[u32(bytes, 20)]
	calls[key] = { procedure = procedure, packet = packet }
	known[conversation] = true
	return { rpc = true, call = true, procedure = procedure }
end

local function recognise_raw(bytes)
	if bytes:len() < 8 then return nil end
	local is_call = u16(bytes, 4) < raw_reply
	local operation = is_call and u16(bytes, 6) or u16(bytes, 4) - raw_reply
	return { rpc = false, call = is_call, procedure = operations[operation] }
end

local function recognise(bytes, rpc, conversation, packet)
	if rpc then return recognise_rpc(bytes, conversation, packet) end
	return recognise_raw(bytes)
end

-- The record or message at the front: its bytes, how many it took with marks, its marks' places.
local function cut(bytes, at, rpc)
	local message, marks, start = ByteArray.new(), {}, at
	while bytes:len() - at >= 4 do
		local mark = u32(bytes, at)
		local last = not rpc or mark >= 0x80000000
		local size = rpc and mark % 0x80000000 or mark
		if size > 0x1000000 then return nil, 0 end
		if bytes:len() - at - 4 < size then return nil end
		marks[#marks + 1] = at - start
		if size > 0 then message:append(bytes:subset(at + 4, size)) end
		at = at + 4 + size
		if last then return message, at - start, marks end
	end
	return nil
end

-- ---- where a message begins, in a stream whose place was lost, or never known ----

local most_bytes = 0x1000000 -- of a message

-- The first `count` bytes of a record from `at` on, whatever its fragments are where a segment begins,
-- else of one fragment; nil: they are not there yet; false: there is no record.
local function head(bytes, at, count, segment_begins)
	local start = ByteArray.new()
	while true do
		if bytes:len() - at < 4 then return nil end
		local mark = u32(bytes, at)
		local size = mark % 0x80000000
		if size > most_bytes or mark == 0 then return false end
		if size < count and not segment_begins then return false end
		local wanted = math.min(size, count - start:len())
		if wanted > 0 then
			if bytes:len() - at - 4 < wanted then return nil end
			start:append(bytes:subset(at + 4, wanted))
		end
		if start:len() == count then return start end
		if mark >= 0x80000000 then return false end -- it was the last fragment
		at = at + 4 + size
	end
end

-- Whether a message may begin there; nil: nobody can say yet.  A reply to a call that was not seen is
-- one only where a segment begins.
local function may_begin_rpc(bytes, at, conversation, segment_begins)
	local start = head(bytes, at, 12, segment_begins)
	if not start then return start end
	if u32(start, 4) == 1 then
		if calls[conversation .. " " .. u32(start, 0)] then return u32(start, 8) <= 1 end
		return segment_begins and u32(start, 8) <= 1 and known[conversation] == true
	end
	if u32(start, 4) ~= 0 or u32(start, 8) ~= 2 then return false end
	start = head(bytes, at, 16, segment_begins)
	return start and programs[u32(start, 12)] ~= nil
end

local function may_begin_raw(bytes, at)
	if bytes:len() - at < 12 then return nil end
	local size = u32(bytes, at)
	if size < 8 or size > most_bytes then return false end
	local version, operation = u16(bytes, at + 8), u16(bytes, at + 10)
	if version >= raw_reply then return operations[version - raw_reply] ~= nil and operation <= 7 end
	return version == 1 and operations[operation] ~= nil
end

-- The first place from `at` on at which a message begins, and true; else the first at which one may,
-- when more is there; nil: there is none.  Within a segment it is looked for only where ours are
-- known to be.
local function find_place(stream, at, segment, conversation)
	local may_begin = stream.rpc and may_begin_rpc or may_begin_raw
	local inside = known[conversation] or not stream.rpc
	local perhaps
	while at < stream.bytes:len() do
		local begins = may_begin(stream.bytes, at, conversation, at == segment)
		if begins then return at, true end
		if begins == nil then perhaps = perhaps or at end
		if not inside and at >= segment then break end
		at = inside and at + 1 or segment
	end
	return perhaps, false
end

-- The message at the front of what is left.  How many bytes it took; nil: it is not whole yet, or
-- there is none, and then the place is lost.
local function take_message(packet, stream, at, before, conversation, number)
	local message, took, marks = cut(stream.bytes, at, stream.rpc)
	local what = message and recognise(message, stream.rpc, conversation, number)
	if not message then
		if took == 0 then stream.synced = false end
		return nil
	end
	if not what then
		stream.synced = false
		return took
	end
	what.at, what.took, what.marks, what.framed = at - before, took, marks, true
	if what.at < 0 or #marks > 1 then
		what.bytes, what.whole = message, stream.bytes:subset(at, took)
	end
	table.insert(packet, what)
	return took
end

-- The packet's own bytes begin so many before the stream's new ones.
local function take_segment(packet, bytes, stream, conversation, number, again)
	local before, at = stream.bytes:len(), 0
	stream.bytes:append(bytes)
	while at < stream.bytes:len() do
		if not stream.synced then
			local place, sure = find_place(stream, at, math.max(before, at), conversation)
			at = place or stream.bytes:len()
			if not sure then break end
			stream.synced = true
		end
		local took = take_message(packet, stream, at, before - again, conversation, number)
		if took then
			at = at + took
		elseif stream.synced then
			break
		else
			at = at + 1
		end
	end
	local rest = stream.bytes:len() - at
	stream.bytes = rest > 0 and stream.bytes:subset(at, rest) or ByteArray.new()
end

local function find_in_tcp(packet, bytes, number)
	local from, to = get["tcp.srcport"]().value, get["tcp.dstport"]().value
	local conversation = "tcp " .. get["tcp.stream"]().value
	local sequence = get["tcp.seq"]().value
	local raw = is_raw_port(from) or is_raw_port(to)
	local key = conversation .. " " .. from
	-- rpc may have that port as well.
	if raw and bytes:len() >= 12 and not streams[key] then
		raw = not (u32(bytes, 0) >= 0x80000000)
	end
	local stream = streams[key] or { bytes = ByteArray.new(), next = sequence, rpc = not raw }
	streams[key] = stream
	local again = math.max(stream.next - sequence, 0) -- bytes that were there before
	if sequence > stream.next then -- a packet is missing, or comes later
		stream.bytes, stream.synced = ByteArray.new(), false
	elseif again >= bytes:len() then
		return
	end
	stream.next = sequence + bytes:len()
	take_segment(packet, again > 0 and bytes:subset(again, bytes:len() - again) or bytes, stream,
		conversation, number, again)
end

local function find_in_udp(packet, bytes, number)
	local from, to = get["udp.srcport"]().value, get["udp.dstport"]().value
	local conversation = "udp " .. get["udp.stream"]().value
	local what = recognise(bytes, true, conversation, number)
	if not what and (is_raw_port(from) or is_raw_port(to)) then
		what = recognise(bytes, false, conversation, number)
	end
	if not what then return end
	what.at, what.took, what.marks = 0, bytes:len(), {}
	table.insert(packet, what)
end

-- ---- what is shown ----

local function title(message)
	return (message.rpc and "rpc " or "raw ") .. (message.call and "call" or "reply") ..
		(message.procedure and " " .. message.procedure[1] or "")
end

local function show_mark(message, range, tree)
	local c = cursor(range, true, tree)
	local mark = range:uint()
	local size = message.rpc and mark % 0x80000000 or mark
	if message.rpc then
		pass(c, 4, "record mark", "record mark", string.format("%s, %.0f bytes",
			mark >= 0x80000000 and "last fragment" or "more to come", size))
	else
		pass(c, 4, "length", "length", string.format("%.0f bytes", size))
	end
end

local function show(message, bytes, tree)
	-- What came in several packets or fragments is shown in a pane of its own.
	local whole = message.whole and message.whole:tvb("Whole message")() or
		bytes:range(message.at, message.took)
	local item = tree:add(sidecall, whole)
	item:set_text(protocol_title .. ", " .. title(message))
	item:add(fields["protocol"], message.rpc and "rpc" or "raw"):set_generated()
	if message.procedure then
		item:add(fields["procedure"], message.procedure[1]):set_generated()
	end
	if message.answers then item:add(fields["call in"], message.answers):set_generated() end
	for _, at in ipairs(message.marks) do show_mark(message, whole:range(at, 4), item) end
	local head = message.framed and 4 or 0
	local body = #message.marks > 1 and message.bytes:tvb("Record without marks")() or
		whole:range(head, message.took - head)
	if message.rpc then
		explain_rpc(body, item, message.procedure)
	else
		explain_raw(body, item)
	end
end

function sidecall.dissector(_, pinfo, tree)
	local tcp, udp = get["tcp.payload"](), get["udp.payload"]()
	local bytes = tcp or udp
	if not bytes or bytes.len == 0 then return end
	if not pinfo.visited or not found[pinfo.number] then
		found[pinfo.number] = {}
		local find = tcp and find_in_tcp or find_in_udp
		find(found[pinfo.number], bytes.range:bytes(), pinfo.number)
	end
	for i, message in ipairs(found[pinfo.number]) do
		if i == 1 then
			pinfo.cols.protocol = protocol_title
			pinfo.cols.info:clear_fence() -- another dissector may have claimed it
			pinfo.cols.info = title(message)
		else
			pinfo.cols.info:append(", " .. title(message))
		end
		show(message, bytes.range, tree)
	end
end

register_postdissector(sidecall)
