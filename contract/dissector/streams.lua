-- ---- conversations, their directions, and what a message is ----

local get = {}
for _, name in ipairs({ "tcp.payload", "udp.payload", "tcp.stream", "udp.stream", "tcp.seq",
	"tcp.seq_raw", "tcp.len", "tcp.flags.syn", "udp.length", "ip.fragment", "ipv6.fragment",
	"ip.flags.mf", "ip.frag_offset", "ipv6.fraghdr.more", "ipv6.fraghdr.offset", "icmp.type",
	"icmpv6.type" }) do
	get[name] = Field.new(name)
end

local most_bytes = 0x1000000 -- of a message
local most_fragments = 0x10000
local most_kept = 0x40000    -- bytes of a message in part, beside a hole
local most_strange = 0x4000  -- where nothing of ours was seen yet
local most_holes = 256       -- in a direction
local most_tried = 64        -- fragments that are looked at again, where they were of no record

local conversations -- [protocol][its number]
local in_order      -- all of them
local found         -- [packet number] = its messages, and what is missing before them

local function is_raw_port(port)
	if not raw_ports then return false end
	for low, high in sidecall.prefs.ports:gmatch("(%d+)%-?(%d*)") do
		if port >= tonumber(low) and port <= (tonumber(high) or tonumber(low)) then return true end
	end
	return false
end

-- Whether it is `raw` is not known where it may be either: on raw's ports, and where the user says that
-- it is ours.
local function conversation_of(protocol, number, pinfo)
	local conversation = conversations[protocol][number]
	if not conversation then
		local either = is_raw_port(pinfo.src_port) or is_raw_port(pinfo.dst_port)
		conversation = { calls = {}, packets = {}, others = {}, directions = {}, number = #in_order + 1,
			one_port = pinfo.src_port == pinfo.dst_port, known = either, messages = 0, damaged = 0,
			other = 0 }
		if not either then conversation.raw = false end
		conversations[protocol][number] = conversation
		in_order[#in_order + 1] = conversation
	end
	return conversation
end

local function address(host, port)
	local text = tostring(host)
	return (text:find(":", 1, true) and "[" .. text .. "]" or text) .. ":" .. port
end

local function direction_of(conversation, pinfo)
	local key = pinfo.src_port
	if conversation.one_port then key = tostring(pinfo.src) end
	local direction = conversation.directions[key]
	if not direction then
		direction = { from = address(pinfo.src, pinfo.src_port), to = address(pinfo.dst, pinfo.dst_port),
			holes = {}, pieces = {}, missing = 0, passed = 0 }
		conversation.hosts = { tostring(pinfo.src), tostring(pinfo.dst) }
		conversation.directions[key] = direction
		table.insert(conversation.directions, direction)
	end
	return direction
end

local function u32(bytes, at)
	local a, b, c, d = bytes:byte(at + 1, at + 4)
	return ((a * 256 + b) * 256 + c) * 256 + d
end

local function u16(bytes, at)
	local a, b = bytes:byte(at + 1, at + 2)
	return a * 256 + b
end

-- What an rpc message is: a call of one of our programs, or the reply to such.  Else nil, and whether it
-- is one of another program.
local function recognise_rpc(bytes, conversation, packet)
	if #bytes < 12 then return nil, false end
	local xid, type = u32(bytes, 0), u32(bytes, 4)
	if type == 1 then
		local procedure = conversation.calls[xid]
		if procedure == nil and (conversation.others[xid] or not conversation.known) then
			return nil, conversation.others[xid]
		end
		return { rpc = true, call = false, procedure = procedure or nil,
			answers = conversation.packets[xid] }
	end
	if type ~= 0 or #bytes < 24 or u32(bytes, 8) ~= 2 then return nil, false end
	local program = programs[u32(bytes, 12)]
	conversation.others[xid] = not program or nil
	if not program then return nil, true end
	local version = program.versions[u32(bytes, 16)]
	local procedure = version and version[u32(bytes, 20)]
	conversation.calls[xid], conversation.packets[xid] = procedure or false, packet
	conversation.known = true
	return { rpc = true, call = true, procedure = procedure }
end

local function recognise_raw(bytes)
	if #bytes < 8 then return nil end
	local is_call = u16(bytes, 4) < raw_reply
	local operation = is_call and u16(bytes, 6) or u16(bytes, 4) - raw_reply
	return { rpc = false, call = is_call, procedure = operations[operation] }
end

local function recognise(bytes, conversation, packet)
	if conversation.raw then return recognise_raw(bytes) end
	return recognise_rpc(bytes, conversation, packet)
end

-- A record or message that is not whole yet: where it begins, and what there is of it.  So its fragments
-- are looked at once, however they come.
local function begin_record(from) return { from = from, size = 0, parts = {}, marks = {}, whole = {} } end

-- Where the fragments at `at` begin, what is behind them, and: true, the record is whole; false, there is
-- none like that; or how many bytes the next fragment takes.  Nothing is copied before that is known.
local function find_fragments(record, bytes, at, rpc)
	local places, size = {}, record.size
	while #bytes - at >= 4 do
		local mark = u32(bytes, at)
		local length = rpc and mark % 0x80000000 or mark
		if size + length > most_bytes or #record.marks + #places == most_fragments then
			return places, at, false
		end
		if #bytes - at - 4 < length then return places, at, 4 + length end
		places[#places + 1] = at
		size, at = size + 4 + length, at + 4 + length
		if not rpc or mark >= 0x80000000 then return places, at, true end
	end
	return places, at, 4
end

-- Adds the fragments at `at`, unless they are of no record.  What is behind them, as above, and how many
-- they are.
local function grow(record, bytes, at, rpc)
	local places, behind, state = find_fragments(record, bytes, at, rpc)
	for i = 1, state and #places or 0 do
		local from, to = places[i], places[i + 1] or behind
		table.insert(record.marks, record.size)
		table.insert(record.parts, bytes:sub(from + 5, to))
		table.insert(record.whole, bytes:sub(from + 1, to))
		record.size = record.size + to - from
	end
	return behind, state, #places
end

-- ---- where a message begins, in a stream whose place was lost, or never known ----

-- The first `count` bytes of a record from `at` on, whatever its fragments are where a segment begins,
-- else of one fragment; nil: they are not there yet; false: there is no record.
local function head(bytes, at, count, segment_begins)
	local start = ""
	while true do
		if #bytes - at < 4 then return nil end
		local mark = u32(bytes, at)
		local size = mark % 0x80000000
		if size > most_bytes or mark == 0 then return false end
		if size < count and not segment_begins then return false end
		local wanted = math.min(size, count - #start)
		if #bytes - at - 4 < wanted then return nil end
		start = start .. bytes:sub(at + 5, at + 4 + wanted)
		if #start == count then return start end
		if mark >= 0x80000000 then return false end -- it was the last fragment
		at = at + 4 + size
	end
end

-- Whether a message may begin there; nil: nobody can say yet.  A reply to a call that was not seen is
-- one only where a segment begins.
local function may_begin_rpc(bytes, at, conversation, segment_begins)
	local start = head(bytes, at, 12, segment_begins)
	if not start then return start end
	local xid, type = u32(start, 0), u32(start, 4)
	if type == 1 then
		if u32(start, 8) > 1 then return false end
		return conversation.calls[xid] ~= nil or (segment_begins and conversation.known)
	end
	if type ~= 0 or u32(start, 8) ~= 2 then return false end
	start = head(bytes, at, 16, segment_begins)
	if start and programs[u32(start, 12)] then conversation.known = true end
	return start and programs[u32(start, 12)] ~= nil
end

local function may_begin_raw(bytes, at)
	if #bytes - at < 12 then return nil end
	local size = u32(bytes, at)
	if size < 8 or size > most_bytes then return false end
	local version, operation = u16(bytes, at + 8), u16(bytes, at + 10)
	if version >= raw_reply then return operations[version - raw_reply] ~= nil and operation <= 7 end
	return version == 1 and operations[operation] ~= nil
end

local function may_begin(bytes, at, conversation, segment_begins)
	local rpc = conversation.raw ~= true and may_begin_rpc(bytes, at, conversation, segment_begins)
	local raw = conversation.raw ~= false and may_begin_raw(bytes, at)
	if rpc or raw then
		conversation.raw = not rpc
		return true
	end
	if rpc == nil or raw == nil then return nil end
	return false
end

-- The first place from `at` on at which a message begins, and true; else the first at which one may,
-- when more is there; nil: there is none.  Within a segment it is looked for only where ours are
-- known to be.  A segment begins at `segment`, and one may have begun at `earlier`.
local function find_place(bytes, at, segment, earlier, conversation)
	local perhaps
	while at < #bytes do
		local begins = may_begin(bytes, at, conversation, at == segment or at == earlier)
		if begins then return at, true end
		if begins == nil then perhaps = perhaps or at end
		if conversation.known then
			at = at + 1
		elseif at < segment then
			at = segment
		else
			break
		end
	end
	return perhaps, false
end

-- ---- bytes of one direction: pieces that were not cut yet, and holes that were not captured ----
--
-- A piece is synced when a message begins where it does.  One beside a hole waits for what is missing, which
-- may come late; what comes behind the hole is cut meanwhile.

local function pass_over(direction, count) direction.passed = direction.passed + count end

-- Whether a hole ends at `from`, or begins at `to`.
local function is_beside_hole(direction, from, to)
	for _, hole in ipairs(direction.holes) do
		if hole.to == from or hole.from == to then return true end
	end
	return false
end

local function length_of(piece) return piece.length + (piece.record and piece.record.size or 0) end

local function keep(direction, piece)
	local to = piece.from + piece.length
	if to == direction.next or (is_beside_hole(direction, piece.from, to) and piece.length <= most_kept) then
		table.insert(direction.pieces, piece)
	else
		pass_over(direction, length_of(piece))
	end
end

local function make_piece(from, bytes)
	return { from = from, length = #bytes, parts = { bytes }, synced = false, searched = 0, wanted = 0 }
end

-- A piece of these bytes and what is in front of them and behind.
local function join(direction, from, bytes)
	local piece, to = make_piece(from, bytes), from + #bytes
	for i = #direction.pieces, 1, -1 do
		local other = direction.pieces[i]
		local first, second = other, piece
		if other.from == to and other.length > 0 then first, second = piece, other end
		if first.from + first.length == second.from then
			table.remove(direction.pieces, i)
			for _, part in ipairs(second.parts) do table.insert(first.parts, part) end
			first.length = first.length + second.length
			piece = first
		end
	end
	return piece
end

-- No more than so many holes are remembered.  What waited beside the one may wait no longer.
local function forget_hole(direction)
	local hole = table.remove(direction.holes, 1)
	direction.missing = direction.missing + hole.to - hole.from
	for i = #direction.pieces, 1, -1 do
		local piece = direction.pieces[i]
		if piece.from == hole.to or piece.from + piece.length == hole.from then
			keep(direction, table.remove(direction.pieces, i))
		end
	end
end

local function add_hole(direction, to)
	if to <= direction.next then return end
	table.insert(direction.holes, { from = direction.next, to = to })
	direction.next = to
end

-- Which bytes of a segment fill holes, as { from, to } each.
local function fill_holes(direction, from, to)
	local parts, holes = {}, {}
	for _, hole in ipairs(direction.holes) do
		local low, high = math.max(from, hole.from), math.min(to, hole.to)
		if low < high then
			parts[#parts + 1] = { low, high }
			if hole.from < low then holes[#holes + 1] = { from = hole.from, to = low } end
			if high < hole.to then holes[#holes + 1] = { from = high, to = hole.to } end
		else
			holes[#holes + 1] = hole
		end
	end
	direction.holes = holes
	return parts
end

local deliver -- what becomes of a message, once it is found: see below

-- Takes the message that a synced piece has at `at`.  Whether there was one, of ours or of another program,
-- and what is behind it; else the piece has its record in part, or is not synced any more, and what comes next
-- is looked for at that place.
local function take_message(packet, piece, bytes, at)
	local conversation = packet.conversation
	local record = piece.record or begin_record(piece.from + at)
	local before, what, other = record.size, nil, nil
	local behind, state, fragments = grow(record, bytes, at, not conversation.raw)
	piece.record = nil
	if state and state ~= true then
		piece.record, piece.wanted = record, state
		return false, behind
	end
	local message = state and table.concat(record.parts)
	if message then what, other = recognise(message, conversation, packet.number) end
	if what then
		what.from, what.marks, what.message = record.from, record.marks, message
		what.bytes, what.framed = table.concat(record.whole), true
		deliver(packet, what)
	elseif other then
		conversation.other = conversation.other + 1
	else
		piece.synced = false
		pass_over(packet.direction, before)
		-- In each of them another may seem to begin, with the same ones behind it.
		if fragments <= most_tried then behind = at + 1 end
	end
	return piece.synced, behind
end

-- Puts away what is in front of a message that was found behind a hole, or of nothing.
local function leave(direction, piece, bytes, from, to)
	if to == from then return end
	local rest = make_piece(piece.from + from, bytes:sub(from + 1, to))
	if is_beside_hole(direction, rest.from) then keep(direction, rest) else pass_over(direction, to - from) end
end

-- Takes all messages off a piece, in which a segment begins at `segment`, and keeps what is left.
local function take_messages(packet, piece, segment)
	local direction, conversation = packet.direction, packet.conversation
	local bytes = table.concat(piece.parts)
	local at, search = 0, piece.searched
	piece.wanted = 0
	while at < #bytes do
		if not piece.synced then
			local place, sure = find_place(bytes, search, segment, piece.begins, conversation)
			search = place or #bytes
			if not sure then break end
			leave(direction, piece, bytes, at, search)
			at, piece.synced = search, true
		end
		local took, behind = take_message(packet, piece, bytes, at)
		if piece.synced then at = behind end
		if not took and piece.synced then break end
		search = behind
	end
	local waits = #bytes - at <= (conversation.known and most_kept or most_strange) and
		is_beside_hole(direction, piece.from + at)
	if not piece.synced and not waits then
		pass_over(direction, search - at)
		at = search
	end
	local rest = make_piece(piece.from + at, bytes:sub(at + 1))
	rest.synced, rest.wanted, rest.record = piece.synced, piece.wanted, piece.record
	rest.searched = piece.synced and 0 or search - at
	if search == segment or search == piece.begins then rest.begins = search - at end
	keep(direction, rest)
end

local function take_part(packet, from, bytes)
	local piece = join(packet.direction, from, bytes)
	if piece.synced and piece.length < piece.wanted then
		keep(packet.direction, piece)
	else
		take_messages(packet, piece, from - piece.from)
	end
end

-- Mostly a segment is one message, and nothing is missing.  False: it is not so.
local function take_alone(packet, from, bytes)
	local direction, conversation = packet.direction, packet.conversation
	local piece, size = direction.pieces[1], #bytes
	if from ~= direction.next or not piece or not piece.synced or piece.length > 0 or direction.holes[1] or
		size < 4 or u32(bytes, 0) ~= size - 4 + (conversation.raw and 0 or 0x80000000) then
		return false
	end
	local message = bytes:sub(5)
	local what = recognise(message, conversation, packet.number)
	if not what then return false end
	what.from, what.marks, what.message, what.bytes, what.framed = from, { 0 }, message, bytes, true
	deliver(packet, what)
	direction.next = from + size
	piece.from = direction.next
	return true
end

-- Takes a segment whose first byte has this number, and of which so many were not captured.
local function take_segment(packet, from, bytes, cut_off)
	local direction, to = packet.direction, from + #bytes
	if cut_off == 0 and take_alone(packet, from, bytes) then return end
	for _, part in ipairs(direction.holes[1] and fill_holes(direction, from, to) or {}) do
		take_part(packet, part[1], bytes:sub(part[1] - from + 1, part[2] - from))
	end
	add_hole(direction, from)
	if to > direction.next then
		local new = direction.next
		direction.next = to
		take_part(packet, new, bytes:sub(new - from + 1))
	end
	add_hole(direction, to + cut_off)
	while #direction.holes > most_holes do forget_hole(direction) end
end

-- ---- packets ----

-- The number of the segment's first byte, which Wireshark has in 32 bits.
local function place_in(direction)
	local sequence = get["tcp.seq"]().value
	if sequence == 0 and get["tcp.flags.syn"]().value then sequence = 1 end
	if not direction.next then
		local whole = get["tcp.seq_raw"]()
		-- It counts from 1 where the connection begins, as far as that is known.
		local relative = whole and whole.value ~= sequence and sequence < 0x80000000
		direction.next = relative and math.min(1, sequence) or sequence
	end
	local ahead = (sequence - direction.next) % 0x100000000
	if ahead >= 0x80000000 then ahead = ahead - 0x100000000 end
	return direction.next + ahead
end

local function find_in_tcp(packet, pinfo, bytes, cut_off)
	packet.conversation = conversation_of("tcp", get["tcp.stream"]().value, pinfo)
	packet.direction = direction_of(packet.conversation, pinfo)
	local from = place_in(packet.direction)
	local direction = packet.direction
	local before, passed = direction.next, direction.passed
	packet.from, packet.length = from, #bytes
	take_segment(packet, from, bytes, cut_off)
	if packet.conversation.known then
		packet.missing = math.max(from - before, 0) + cut_off
		packet.passed = direction.passed - passed
	end
end

local function find_in_udp(packet, pinfo, bytes, cut_off)
	local conversation = conversation_of("udp", get["udp.stream"]().value, pinfo)
	packet.conversation, packet.direction = conversation, direction_of(conversation, pinfo)
	local what = recognise_rpc(bytes, conversation, packet.number)
	packet.from, packet.length = 0, #bytes
	if not what and conversation.raw ~= false then what = recognise_raw(bytes) end
	if cut_off > 0 then
		conversation.damaged = conversation.damaged + 1
	elseif what then
		what.from, what.marks, what.message, what.bytes = 0, {}, bytes, bytes
		deliver(packet, what)
	else
		conversation.other = conversation.other + 1
	end
end

-- ---- what is not whole ----

local pieces_of_ip, captured_in_part -- [packet number] = between whom; packets

local function value(name)
	local one = get[name]()
	return one and tonumber(tostring(one.value)) or 0
end

-- Fragments are Wireshark's to put together.  Those whose rest never comes are counted.
local function note_fragment(pinfo)
	local more, off = get["ip.flags.mf"](), value("ip.frag_offset") + value("ipv6.fraghdr.offset")
	local more6 = get["ipv6.fraghdr.more"]()
	if off > 0 or (more and more.value) or (more6 and more6.value) then
		pieces_of_ip[pinfo.number] = { tostring(pinfo.src), tostring(pinfo.dst) }
	end
end

local function forget_fragments(pinfo)
	pieces_of_ip[pinfo.number] = nil
	for _, name in ipairs({ "ip.fragment", "ipv6.fragment" }) do
		for _, one in ipairs({ get[name]() }) do pieces_of_ip[one.value] = nil end
	end
end

function sidecall.init()
	conversations, in_order, found = { tcp = {}, udp = {} }, {}, {}
	pieces_of_ip, captured_in_part = {}, 0
end

-- All of a packet, whose bytes may end before it did.
local function look_at(pinfo, packet)
	local tcp = get["tcp.payload"]()
	local udp = not tcp and get["udp.payload"]()
	local cut_off, bytes = pinfo.len > pinfo.caplen, tcp or udp
	if cut_off then captured_in_part = captured_in_part + 1 end
	if not bytes and not (cut_off and get["tcp.len"]()) then return note_fragment(pinfo) end
	-- An error only quotes what was sent.
	if get["icmp.type"]() or get["icmpv6.type"]() then return end
	if next(pieces_of_ip) then forget_fragments(pinfo) end
	local raw = bytes and bytes.range:raw() or ""
	if udp then
		find_in_udp(packet, pinfo, raw, cut_off and value("udp.length") - 8 - #raw or 0)
	elseif tcp or value("tcp.len") > 0 then
		find_in_tcp(packet, pinfo, raw, cut_off and value("tcp.len") - #raw or 0)
	end
end
