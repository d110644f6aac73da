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
		pass(c, 4, fields["record mark"], "record mark", string.format("%s, %.0f bytes",
			mark >= 0x80000000 and "last fragment" or "more to come", size))
	else
		pass(c, 4, fields["length"], "length", string.format("%.0f bytes", size))
	end
end

local function tvb_of(bytes, name) return ByteArray.new(bytes, true):tvb(name)() end

local function show(message, bytes, tree)
	-- What came in several packets or fragments is shown in a pane of its own.
	local whole = message.at and bytes:range(message.at, message.length) or
		tvb_of(message.bytes, "Whole message")
	local item = tree:add(sidecall, whole)
	item:set_text(protocol_title .. ", " .. title(message))
	item:add(fields["protocol"], message.rpc and "rpc" or "raw"):set_generated()
	if message.procedure then
		item:add(fields["procedure"], message.procedure[1]):set_generated()
	end
	if message.answers then item:add(fields["call in"], message.answers):set_generated() end
	for _, at in ipairs(message.marks) do show_mark(message, whole:range(at, 4), item) end
	local head = message.framed and 4 or 0
	local body = #message.marks > 1 and tvb_of(message.message, "Record without marks") or
		whole:range(head, message.length - head)
	if message.rpc then
		explain_rpc(body, item, message.procedure)
	else
		explain_raw(body, item)
	end
end

local function show_loss(packet, tree)
	local missing, passed = packet.missing or 0, packet.passed or 0
	if missing > 0 then tree:add(fields["bytes missing"], missing):set_generated() end
	if passed > 0 then tree:add(fields["bytes passed over"], passed):set_generated() end
end

-- Of a message only what cannot be read off its packet is kept: whoever scrolls about sees all again.
local function remember(packet, what)
	what.length = #what.bytes
	local at = what.from - packet.from
	if at >= 0 and at + what.length <= packet.length then
		what.at, what.bytes = at, nil
		if #what.marks < 2 then what.message = nil end
	end
	table.insert(packet, what)
end

-- Whether somebody looks at fields, or filters by them.
local function is_wanted(tree)
	local ok, wanted = pcall(tree.referenced, tree, Dissector.get(protocol_name))
	return not ok or wanted
end

local function show_packet(packet, pinfo, tree)
	local wanted = (packet[1] or packet.missing) and is_wanted(tree)
	local payload = wanted and (get["tcp.payload"]() or get["udp.payload"]())
	if wanted then show_loss(packet, tree) end
	for i, message in ipairs(packet) do
		if i == 1 then
			pinfo.cols.protocol = protocol_title
			pinfo.cols.info:clear_fence() -- another dissector may have claimed it
			pinfo.cols.info = title(message)
		else
			pinfo.cols.info:append(", " .. title(message))
		end
		if wanted then show(message, payload.range, tree) end
	end
end

-- ---- for `sidecall decode`: docs/trace.md ----

local function write_out(packet, what)
	io.write(string.format("message %d %.6f %s %s %s %s %d %d %d\n", packet.number, packet.pinfo.rel_ts,
		packet.direction.from, packet.direction.to, what.rpc and "rpc" or "raw",
		what.call and "call" or "reply", packet.conversation.number, what.framed and 1 or 0,
		#what.bytes), what.bytes)
end

local function write_losses(direction)
	local missing, unfinished = direction.missing, 0
	for _, hole in ipairs(direction.holes) do missing = missing + hole.to - hole.from end
	for _, piece in ipairs(direction.pieces) do unfinished = unfinished + length_of(piece) end
	if missing + direction.passed + unfinished > 0 then
		io.write(string.format("lost %s %s %.0f %.0f %.0f\n", direction.from, direction.to, missing,
			direction.passed, unfinished))
	end
end

-- All fragments that never became a packet, and those between hosts that call each other.
local function count_fragments()
	local all, ours, hosts = 0, 0, {}
	for _, conversation in ipairs(in_order) do
		local a, b = conversation.hosts[1], conversation.hosts[2]
		if conversation.known then hosts[a .. " " .. b], hosts[b .. " " .. a] = true, true end
	end
	for _, between in pairs(pieces_of_ip) do
		all = all + 1
		if hosts[between[1] .. " " .. between[2]] then ours = ours + 1 end
	end
	return all, ours
end

local function write_end()
	local left_out, cut_off, others = 0, 0, 0
	for _, conversation in ipairs(in_order) do
		if conversation.known then
			for _, direction in ipairs(conversation.directions) do write_losses(direction) end
			cut_off, others = cut_off + conversation.damaged, others + conversation.other
		else
			left_out = left_out + 1
		end
	end
	local all, ours = count_fragments()
	io.write(string.format("end %d %d %d %d %d %d\n", captured_in_part, cut_off, all, ours, others, left_out))
	io.flush()
end

-- ---- what Wireshark calls ----

deliver = function(packet, what)
	packet.conversation.messages = packet.conversation.messages + 1
	if writes_messages then write_out(packet, what) else remember(packet, what) end
end

-- The user says that a port is ours (Decode As).
local function assign(pinfo)
	local stream, protocol = get["tcp.stream"](), "tcp"
	if not stream then stream, protocol = get["udp.stream"](), "udp" end
	local conversation = stream and conversation_of(protocol, stream.value, pinfo)
	if not conversation or conversation.known then return end
	conversation.known = true
	if raw_ports and conversation.messages == 0 then conversation.raw = nil end
end

local nothing = {}

function sidecall.dissector(bytes, pinfo, tree)
	if bytes:offset() > 0 then return assign(pinfo) end
	local number = pinfo.number
	local packet = found[number]
	if not packet then
		packet = { number = number, pinfo = pinfo }
		look_at(pinfo, packet)
		if writes_messages then return end
		packet.pinfo = nil
		packet.conversation, packet.direction = nil, nil
		found[number] = (packet[1] or packet.missing) and packet or nothing
	end
	show_packet(packet, pinfo, tree)
end

register_postdissector(sidecall)
for _, name in ipairs({ "tcp.port", "udp.port" }) do DissectorTable.get(name):add_for_decode_as(sidecall) end
if writes_messages then
	collectgarbage("setpause", 400) -- nothing is kept for long
	-- Who listens is called in the end; and without him nothing is dissected.
	local listener = Listener.new("frame")
	listener.draw = write_end
end
