// How the page is laid out: text can be seen, is inside its box and not over other text, large
// enough, and told apart from what is behind it.

// As a printer would have it: what the style sheet says of paper is said of this frame.
const printed = name === "print";
const setPaper = () => {
	for (const sheet of document.styleSheets)
		for (const rule of sheet.cssRules)
			if (rule.media && /\b(print|screen)\b/.test(rule.media.mediaText))
				rule.media.mediaText = rule.media.mediaText
					.replace(/\bscreen\b/g, "not all").replace(/\bprint\b/g, "all");
};

// What is folded away need not be seen; paper has no use for links within the page; and a row whose
// cells are one below the other has no use for a head.
const mayBeHidden = (element) =>
	element.closest("details:not([open])") && !element.closest("summary") ||
	printed && element.closest("nav") ||
	element.closest("thead") && getComputedStyle(element.closest("table")).display === "block";

const ancestors = (element) => {
	const all = [];
	for (let e = element; e; e = e.parentElement)
		all.push(e);
	return all;
};

// What cuts off, or scrolls, what is inside it; asked often.
const cuts = new Map();
const cutsOf = (element) => {
	if (!cuts.has(element)) {
		const { overflowX, overflowY, clipPath, clip } = getComputedStyle(element);
		cuts.set(element, {
			scrolls: /auto|scroll/.test(overflowX + overflowY),
			hides: overflowX + overflowY !== "visiblevisible",
			clips: clipPath !== "none" || clip !== "auto",
		});
	}
	return cuts.get(element);
};

// Each piece of text with the rectangles of its lines, and the box in which it scrolls.
const boxOf = (element) => ancestors(element).find((e) =>
	cutsOf(e).scrolls && (e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)) || null;
const linesOf = (node, element) => {
	const range = document.createRange();
	range.selectNodeContents(node);
	const lines = element.closest("svg") ? [element.getBoundingClientRect()]
					     : [...range.getClientRects()];
	return lines.filter((line) => line.width > 0 && line.height > 0);
};
const textPieces = () => {
	const pieces = [], main = document.querySelector("main");
	const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
	while (walker.nextNode()) {
		const node = walker.currentNode, element = node.parentElement;
		if (!node.data.trim() || element.closest("title, desc"))
			continue;
		const lines = linesOf(node, element), box = boxOf(element);
		const visible = lines.length && element.checkVisibility(
			{ checkOpacity: true, checkVisibilityCSS: true });
		if (!visible && !mayBeHidden(element))
			say("text that cannot be seen", element);
		if (visible)
			for (const line of lines)
				pieces.push({ node, element, line, box });
	}
	return pieces;
};

// ---- where it is ----

const within = (line, room, slack) =>
	line.left >= room.left - slack && line.right <= room.right + slack &&
	line.top >= room.top - slack && line.bottom <= room.bottom + slack;

// Whatever cuts text off: a box that hides what is outside, or one that scrolls, on paper.
const cutOff = ({ element, line }) => ancestors(element).some((outer) => {
	const cut = cutsOf(outer);
	if (!(cut.hides || cut.clips) || outer === document.body || outer.closest("svg"))
		return false;
	const room = outer.getBoundingClientRect();
	if (cut.scrolls && !printed)
		return line.left < room.left - outer.scrollLeft - 1;
	return cut.clips || !within(line, room, 1);
});

const checkPlaces = (pieces) => {
	for (const piece of pieces) {
		const { element, line, box } = piece;
		if ((printed || !box) && (line.left < -0.5 || line.right > innerWidth + 0.5))
			say("text outside the page", element);
		for (const outer of [element.closest("svg"), element.closest("td, th")])
			if (outer && !within(line, outer.getBoundingClientRect(), 1))
				say("text outside its box", element);
		if (cutOff(piece))
			say("text that is cut off", element);
	}
	if (document.documentElement.scrollWidth > innerWidth)
		say("the page scrolls sideways");
};

// One over another.  Lines of text may touch, so a little is allowed.
const checkOverlaps = (pieces) => {
	pieces.sort((a, b) => a.line.top - b.line.top);
	pieces.forEach((one, i) => {
		for (let j = i + 1; j < pieces.length; j++) {
			const other = pieces[j];
			if (other.line.top >= one.line.bottom - 3)
				break;
			if (other.node !== one.node && other.box === one.box &&
			    Math.min(one.line.right, other.line.right) -
					    Math.max(one.line.left, other.line.left) > 1)
				say("text over other text: \"" + other.node.data.trim() + "\" over",
				    one.element);
		}
	});
};

// As large as it is rendered.
const checkSizes = (pieces) => {
	for (const { element } of pieces) {
		const scale = element.closest("svg") ? element.getScreenCTM().a : 1;
		const size = parseFloat(getComputedStyle(element).fontSize) * scale;
		if (size < 9)
			say("a font of " + size.toFixed(1) + " pixels", element);
	}
};

// ---- colours ----

// Red, green, blue and opacity, each up to 1.
const parts = (color) => {
	const numbers = (color.match(/-?[\d.]+(e-?\d+)?/g) || [0, 0, 0, 0]).map(Number);
	const most = color.startsWith("rgb") ? 255 : 1;
	return [...numbers.slice(0, 3).map((n) => n / most), numbers[3] ?? 1];
};
const over = (color, paper) =>
	[0, 1, 2].map((i) => color[i] * color[3] + paper[i] * (1 - color[3]));
const light = (color) => {
	const [r, g, b] = color.map((part) =>
		part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
	return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (one, other) => {
	const a = light(one), b = light(other);
	return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
};
const opacityOf = (element) => ancestors(element).reduce(
	(product, e) => product * getComputedStyle(e).opacity, 1);

// What was drawn before in the same plot, where this text is.
const shapesBehind = (element) => {
	const svg = element.closest("svg"), at = element.getBoundingClientRect();
	const x = (at.left + at.right) / 2, y = (at.top + at.bottom) / 2;
	return !svg ? [] : [...svg.querySelectorAll("rect, circle, polygon, ellipse")].filter((shape) => {
		const room = shape.getBoundingClientRect();
		return room.left < x && room.right > x && room.top < y && room.bottom > y &&
			shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
	});
};
const paperBehind = (element) => {
	const layers = ancestors(element.closest("svg") || element).reverse()
		.map((e) => parts(getComputedStyle(e).backgroundColor));
	for (const shape of shapesBehind(element)) {
		const style = getComputedStyle(shape);
		if (style.fill.startsWith("rgb") || style.fill.startsWith("color"))
			layers.push([...parts(style.fill).slice(0, 3),
				     parts(style.fill)[3] * style.fillOpacity * style.opacity]);
	}
	return layers.reduce((paper, layer) => over(layer, paper), [1, 1, 1]);
};
const inkOf = (element) => {
	const style = getComputedStyle(element);
	return parts(element.closest("svg") ? style.fill : style.webkitTextFillColor);
};
const checkContrasts = (pieces) => {
	for (const element of new Set(pieces.map((piece) => piece.element))) {
		const paper = paperBehind(element), ink = inkOf(element);
		ink[3] *= opacityOf(element);
		if (contrast(over(ink, paper), paper) < 4.5)
			say("text too faint", element);
	}
	// The dark theme is dark, and paper is not.
	if (light(paperBehind(document.body)) > 0.5 !==
	    (printed || !matchMedia("(prefers-color-scheme: dark)").matches))
		say("paper of the wrong theme");
};

const checkLook = () => {
	checkFolded();
	// What can be folded away has to be right as well.
	if (printed)
		setPaper();
	else
		for (const details of document.querySelectorAll("details"))
			details.open = true;
	const pieces = textPieces();
	if (pieces.length < 50)
		say("there is hardly any text");
	checkPlaces(pieces);
	checkOverlaps(pieces);
	checkSizes(pieces);
	checkContrasts(pieces);
	return pieces;
};
