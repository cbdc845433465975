// The rule `slipway/disable-reason`: a disabled rule is named and says why, after " -- ".

const SHORTEST_REASON = 8;

export const disableReason = {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      rule: 'Name the rule that is disabled: `// eslint-disable-next-line RULE -- why`.',
      reason: 'Say why the rule is disabled: `// eslint-disable-next-line RULE -- why`.',
    },
  },
  create: (context) => ({
    Program() {
      for (const { type, value, justification, node } of context.sourceCode.getDisableDirectives()
        .directives) {
        if (type === 'enable') continue;
        const messageId = value.trim() === '' ? 'rule' : 'reason';
        if (messageId === 'reason' && justification.trim().length >= SHORTEST_REASON) continue;
        // One column before the line, since the directive would otherwise silence this report too.
        const loc = { start: { line: node.loc.start.line, column: -1 }, end: node.loc.end };
        context.report({ loc, messageId });
      }
    },
  }),
};
