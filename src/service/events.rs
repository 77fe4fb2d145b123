//! What happens, as it happens: for consoles and widgets that listen.
//!
//! A listener that is too slow is told how much it missed and reads the rest from the store; nothing is stored here.

use tokio::sync::broadcast;

use crate::domain::conversation::Message;
use crate::domain::ids::{ConversationId, TicketNumber};

/// Events kept for a slow listener.
const BACKLOG: usize = 1024;

/// One event.
#[derive(Debug, Clone)]
pub enum Event {
    /// A message was stored.
    Message {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: Message,
    },
    /// A ticket was opened or changed.
    Ticket {
        /// Which.
        number: TicketNumber,
    },
    /// The service is stopping: streams end.
    Stopping,
}

/// The channel of events. Cheap to clone.
#[derive(Clone)]
pub struct Events {
    sender: broadcast::Sender<Event>,
}

impl Events {
    pub(super) fn new() -> Self {
        Events { sender: broadcast::channel(BACKLOG).0 }
    }

    /// Tells everybody who listens.
    pub(super) fn tell(&self, event: Event) {
        // Nobody listening is no error.
        drop(self.sender.send(event));
    }

    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.sender.subscribe()
    }

    /// Ends all streams.
    pub fn close(&self) {
        self.tell(Event::Stopping);
    }
}
