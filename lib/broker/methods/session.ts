/** Methods about the channel itself: flow, access, confirm and transaction modes. (Open and close belong to the connection.) */
import { notImplemented, preconditionFailed } from '../errors';
import { Confirms } from '../confirms';
import type { Channel } from '../channel';
import type { Handlers } from './handlers';

export const sessionHandlers: Handlers = {
  'channel.flow': (channel, { active }) => {
    if (!active) throw notImplemented('active=false');
    channel.send('channel.flow-ok', { active: true });
  },

  'access.request': (channel) => channel.send('access.request-ok', { ticket: 1 }),

  'confirm.select': (channel, { nowait }) => {
    if (channel.tx !== null) throw preconditionFailed('cannot switch from tx to confirm mode');
    channel.confirms ??= new Confirms(channel.connection.host.world.turn, channel, channel.storage);
    if (!nowait) channel.send('confirm.select-ok', {});
  },

  'tx.select': (channel) => {
    if (channel.confirms !== null) throw preconditionFailed('cannot switch from confirm to tx mode');
    channel.tx ??= [];
    channel.send('tx.select-ok', {});
  },

  'tx.commit': (channel) => {
    requireTx(channel);
    channel.wait.ask<boolean>(
      (answer) => channel.commit(answer),
      (whole) => {
        if (!whole) throw preconditionFailed('partial tx completion');
        channel.send('tx.commit-ok', {});
      },
    );
  },

  'tx.rollback': (channel) => {
    requireTx(channel);
    channel.rollback();
    channel.send('tx.rollback-ok', {});
  },
};

function requireTx(channel: Channel): void {
  if (channel.tx === null) throw preconditionFailed('channel is not transactional');
}
