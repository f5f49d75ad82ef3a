/** A server-sent event (WHATWG HTML 9.2.6). */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly type: string;
  readonly data: string;
}

/** Longest event in characters; a stream that goes on beyond is none of ours. */
const MAX_LENGTH = 4 * 1024 * 1024;
const BLANK_LINE = /\r\n\r\n|\n\n|\r\r/;

function parse(block: string): ServerSentEvent | undefined {
  let id: string | undefined;
  let type = 'message';
  const data: string[] = [];
  for (const line of block.split(/\r\n|\n|\r/)) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') id = value;
    else if (name === 'event') type = value;
    else if (name === 'data') data.push(value);
  }
  return data.length === 0 ? undefined : { id, type, data: data.join('\n') };
}

/** Reads events from pieces of text, cut anywhere. Throws `RangeError` for one that does not end. */
export function createEventReader(): (text: string) => ServerSentEvent[] {
  let rest = '';
  return (text) => {
    rest += text;
    const events: ServerSentEvent[] = [];
    for (let end = BLANK_LINE.exec(rest); end !== null; end = BLANK_LINE.exec(rest)) {
      const event = parse(rest.slice(0, end.index));
      if (event !== undefined) events.push(event);
      rest = rest.slice(end.index + end[0].length);
    }
    if (rest.length > MAX_LENGTH) throw new RangeError(`an event of more than ${MAX_LENGTH} characters`);
    return events;
  };
}
